"""The notebooks among the examples go through as they are printed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
#: Runs cells as a notebook does: one after the other, with what the last line of each comes to.
_RUN = """
import ast, json, sys

scope = {}
for source in json.load(sys.stdin):
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), scope)
    shown = eval(compile(ast.Expression(last.value), "cell", "eval"), scope) if last else None
    kind = "png" if hasattr(shown, "_repr_png_") and shown._repr_png_().startswith(b"\\x89PNG") else ""
    print(json.dumps([kind, str(shown)]), flush=True)
"""


def _read(name: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    nbformat.validate(notebook)
    return notebook


def _code(name: str) -> list[str]:
    return [cell.source for cell in _read(name).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebook_is_kept_without_what_it_printed(path: Path) -> None:
    cells = [cell for cell in _read(path.name).cells if cell.cell_type == "code"]
    assert [cell for cell in cells if cell.outputs or cell.execution_count is not None] == []


def test_notebook_of_a_sweep_takes_ten_lines() -> None:
    lines = [line for source in _code("sweep.ipynb") for line in source.splitlines() if line.strip()]
    assert len(lines) <= 10


@pytest.mark.slow
def test_notebook_of_a_sweep_goes_from_scenario_to_figure_and_report(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        input=json.dumps(_code("sweep.ipynb")),
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert [kind for kind, _ in shown] == ["", "png", "", ""]
    assert shown[-1][1] == "out/cost/report/report.html"
    assert (tmp_path / "out" / "cost" / "report" / "report.html").stat().st_size > 10_000
