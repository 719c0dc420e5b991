"""The guide builds without a warning and without a network, and names all that there is to name."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, built as `make docs` builds them."""
    folder = tmp_path_factory.mktemp("guide")
    options = ["--quiet", "--fail-on-warning", "--nitpicky", "--doctree-dir", str(folder / "doctrees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(folder / "pages")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "pages"


def _reference_pages() -> Any:
    """What writes the pages of the reference."""
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import reference_pages
    finally:
        sys.path.remove(str(ROOT / "docs"))
    return reference_pages


def _text(built: Path, page: str) -> str:
    return (built / "reference" / f"{page}.html").read_text("utf-8")


def test_every_setting_is_documented_with_words(built: Path) -> None:
    from earnest.config import Settings

    page = _text(built, "settings")
    for name in Settings.model_fields:
        row = re.search(rf"EARNEST_{name.upper()}</span></code>.*?</tr>", page, re.DOTALL)
        assert row, f"EARNEST_{name.upper()} is not documented"
        cells = re.findall(r"<td>(.*?)</td>", row[0], re.DOTALL)
        assert len(re.sub(r"<[^>]+>", "", cells[-1]).strip()) > 10, f"EARNEST_{name.upper()} has no words"


def test_every_command_and_option_is_documented_with_words(built: Path) -> None:
    import typer.main

    from earnest import cli

    page = _text(built, "commands")
    for name, command in typer.main.get_command(cli.program()).commands.items():  # type: ignore[attr-defined]
        assert f"earnest {name}" in re.sub(r"<[^>]+>", "", page)
        assert command.help
        for parameter in command.params:
            if parameter.name != "help":
                assert getattr(parameter, "help", None), f"{name} {parameter.name} has no words"


def test_every_route_is_documented(built: Path) -> None:
    page = re.sub(r"<[^>]+>", "", _text(built, "routes"))
    document = _reference_pages().openapi()
    missing = [
        f"{verb.upper()} {path}"
        for path, operations in document["paths"].items()
        for verb in operations
        if f"{verb.upper()} {path}" not in page
    ]
    assert missing == []


def test_every_error_is_documented(built: Path) -> None:
    from earnest.chain.errors import CONTRACT_ERRORS

    page = re.sub(r"<[^>]+>", "", _text(built, "errors"))
    declared = set()
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "simulations").rglob("*.py")]:
        declared |= set(re.findall(r'^ {4}type = "([a-z-]+)"$', path.read_text("utf-8"), re.MULTILINE))
    for path in [*(ROOT / "app" / "web").glob("*.py"), *(ROOT / "app" / "server").glob("*.py")]:
        declared |= set(re.findall(r'\bproblem\(\s*\d+,\s*"([a-z-]+)"', path.read_text("utf-8")))
    assert len(declared) > 40
    assert declared - set(page.split()) == set()
    assert set(CONTRACT_ERRORS) - set(page.split()) == set()


@pytest.mark.parametrize("page", ["knobs", "measures"])
def test_every_knob_and_measure_is_documented_with_words(built: Path, page: str) -> None:
    from earnest.simulations import listing

    text = re.sub(r"<[^>]+>", "", _text(built, page))
    rows = listing.knobs() if page == "knobs" else listing.measures()
    assert len(rows) > 20
    assert [row["name"] for row in rows if row["name"] not in text or len(row["words"]) < 8] == []


def test_every_registered_thing_and_extension_point_is_documented(built: Path) -> None:
    import earnest

    text = re.sub(r"<[^>]+>", "", _text(built, "registered"))
    for registry in (earnest.MODELS, earnest.INCENTIVES, earnest.BEHAVIOURS, earnest.DATASETS):
        assert registry.group in text
        assert [name for name in registry if name not in text] == []
    extending = (ROOT / "docs" / "extending.md").read_text("utf-8")
    for registry in (earnest.MODELS, earnest.INCENTIVES, earnest.BEHAVIOURS, earnest.DATASETS):
        assert registry.group in extending


def test_every_figure_of_the_gas_snapshot_is_there_and_no_peer_is_left_without_ours(built: Path) -> None:
    snapshot = json.loads((ROOT / "contracts" / "gas.json").read_text("utf-8"))
    assert len(snapshot) > 50
    page = re.sub(r"<[^>]+>", " ", _text(built, "gas"))
    assert [name for name, figure in snapshot.items() if f"{figure:,}" not in page.split()] == []
    assert set(_reference_pages().PEERS) <= set(snapshot)


def _pages(built: Path) -> Iterator[Path]:
    return built.rglob("*.html")


def test_pages_ask_no_other_host_and_run_nothing_inline(built: Path) -> None:
    for path in _pages(built):
        page = path.read_text("utf-8")
        assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"https?:", page) == [], path.name
        inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
        assert [script for script in inline if script.strip()] == [], path.name


def test_readme_is_short_and_leads_to_pages_that_exist() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.encode()) <= 7_000
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
