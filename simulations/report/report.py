"""A report on disk: one self-contained page, its figures as PNG, SVG and PDF, its tables as CSV."""

import math
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from jinja2 import Environment

from earnest.simulations import output
from earnest.simulations.report import setting, words
from earnest.simulations.report.drawn import Drawn, drawn_of
from earnest.simulations.report.names import name_of
from earnest.simulations.report.published import Published, compare
from earnest.simulations.report.statistics import effects
from earnest.simulations.report.sweeps import Sweeps, load
from earnest.simulations.report.table import Table
from earnest.simulations.report.tables import tables_of
from earnest.simulations.report.view import VIEW, view_of

PAGE = "report.html"


def write_report(folders: Sequence[Path], out: Path, run: int | None = None) -> list[str]:
    """Report on one sweep or several.

    Args:
        folders: of the sweeps.
        out: folder of the report; made if it is not there.
        run: number of a run of the first sweep, whose balances and accuracy are drawn; None for the first one.

    Returns:
        names of the files.

    Raises:
        ReportError: a folder holds no sweep, or there is no series of that run.
        OutputError: the report cannot be written.
    """
    sweeps = load(folders)
    output.prepare_folder(out)
    points, regressions = compare(sweeps), effects(sweeps)
    drawn, told = drawn_of(sweeps, points, regressions, run), tables_of(sweeps, points, regressions)
    files = {PAGE: _page(sweeps, points, drawn, told)}
    for figure in drawn:
        shown = figure.picture
        files |= {f"{figure.name}.png": shown, f"{figure.name}.svg": shown.svg, f"{figure.name}.pdf": shown.pdf}
    files |= {f"{table.name}.csv": table.as_csv() for table in told}
    files[VIEW] = view_of(sweeps, points, _findings(sweeps, points))
    files["runs.csv"] = sweeps.rows.to_csv(index=False).encode()
    output.write(out, files)
    return list(files)


def _page(sweeps: Sweeps, points: Sequence[Published], drawn: Sequence[Drawn], tables: Sequence[Table]) -> bytes:
    template = (resources.files("earnest.simulations") / "report" / "page.html").read_text(encoding="utf-8")
    planned = sum(
        math.prod(len(values) for _, values in manifest["axes"]) * len(manifest["seeds"])
        for manifest in sweeps.manifests
    )
    failed = sum(len(manifest["failed"]) for manifest in sweeps.manifests)
    page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
    return page.render(
        title=setting.title(sweeps),
        description=setting.description(sweeps),
        risks=setting.risks(sweeps),
        setting=setting.data(sweeps) + setting.agents(sweeps) + setting.money(sweeps),
        scope=words.scope(sweeps),
        findings=_findings(sweeps, points) + _constant(sweeps),
        figures=drawn,
        tables=[table for table in tables if table.on_page],
        failed=failed,
        missing=max(0, planned - failed - sweeps.finished) if len(sweeps.manifests) == 1 else 0,
        sources=[
            f"{folder.name}: data {', '.join(value[:16] for value in manifest['data'])}; "
            + ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
            for folder, manifest in zip(sweeps.folders, sweeps.manifests, strict=True)
        ],
    ).encode()


def _findings(sweeps: Sweeps, points: Sequence[Published]) -> list[str]:
    return words.findings(sweeps) + words.published(list(points)) + words.saturation(sweeps)


def _constant(sweeps: Sweeps) -> list[str]:
    if not sweeps.constant:
        return []
    told = ", ".join(f"{name_of(name)} ({words.number(sweeps.rows[name].iloc[0])})" for name in sweeps.constant)
    return [f"The same in all runs: {told}."]
