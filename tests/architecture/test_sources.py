"""What every source file keeps to."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Beyond, a file holds two ideas; it is split by subject, not at a line.
MAX_LINES = 600
SOURCES = {".py", ".sol", ".js", ".html", ".css"}
LOCK_FILES = {"requirements.lock", "requirements-dev.lock", "package-lock.json"}

# The forbidden words are put together here, so that this file does not hold them itself.
UNFINISHED = re.compile(
    r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|NotImplemented" + r"Error"
    r"|mark\.(?:sk" + r"ip|x" + r"fail)|pytest\.(?:x" + r"fail|import" + r"orskip)"
)
REGISTRY_HOSTS = re.compile(
    r"(?:py"
    + r"pi|python"
    + r"hosted|npm"
    + r"js|yarn"
    + r"pkg|deb"
    + r"ian|ubun"
    + r"tu|crates|gol"
    + r"ang)\.(?:org|com|io)"
)
MACHINE_PATHS = re.compile(r"(?<![\w.}/-])/(?:ro" + r"ot|wo" + r"rk|home/\w+|Use" + r"rs/\w+)/")


@pytest.fixture(scope="module")
def texts(tracked_files: list[Path]) -> dict[Path, str]:
    """Every text file's contents."""
    found = {}
    for path in tracked_files:
        try:
            found[path] = (ROOT / path).read_text("utf-8")
        except UnicodeDecodeError:
            continue
    return found


def _places(texts: dict[Path, str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_patterns_find_what_they_forbid() -> None:
    assert UNFINISHED.search("# TO" + "DO: later")
    assert UNFINISHED.search("@pytest.mark.sk" + "ipif(True)")
    assert REGISTRY_HOSTS.search("https://registry.npm" + "js.org/x")
    assert MACHINE_PATHS.search("open('/ro" + "ot/x')")
    assert MACHINE_PATHS.search("see /wo" + "rk/main")


def test_sources_hold_no_unfinished_mark(texts: dict[Path, str]) -> None:
    assert _places({path: text for path, text in texts.items() if "vendor" not in path.parts}, UNFINISHED) == []


def test_sources_skip_only_for_the_missing_archive_or_for_want_of_time(texts: dict[Path, str]) -> None:
    assert _places(texts, re.compile(r"pytest\.sk" + r"ip\((?!.*(?:ARCHIVE|UNTIL_SETTING))")) == []


def test_files_name_no_registry_host(texts: dict[Path, str]) -> None:
    assert _places(texts, REGISTRY_HOSTS) == []


def test_files_name_no_path_of_one_machine(texts: dict[Path, str]) -> None:
    assert _places(texts, MACHINE_PATHS) == []


def test_sources_are_short(texts: dict[Path, str]) -> None:
    long = {
        str(path): lines
        for path, text in texts.items()
        if path.suffix in SOURCES and "vendor" not in path.parts and (lines := text.count("\n")) > MAX_LINES
    }
    assert long == {}


def test_files_are_small(tracked_files: list[Path]) -> None:
    sizes = {str(path): (ROOT / path).stat().st_size for path in tracked_files if str(path) not in LOCK_FILES}
    assert {path: size for path, size in sizes.items() if size > 500_000} == {}


def _is_public(path: Path) -> bool:
    """Whether others import it: package markers that say nothing need no docstring, and neither do migrations."""
    return (
        path.suffix == ".py" and path.parts[0] in {"app", "simulations", "contracts"} and "versions" not in path.parts
    )


def test_modules_say_what_they_are(texts: dict[Path, str]) -> None:
    silent = [
        str(path)
        for path, text in texts.items()
        if _is_public(path) and text.strip() and ast.get_docstring(ast.parse(text)) is None
    ]
    assert silent == []


def test_tests_read_as_a_specification(texts: dict[Path, str]) -> None:
    """A test says what is tested and what comes out: at least three words after `test_`."""
    terse = [
        f"{path}::{node.name}"
        for path, text in texts.items()
        if path.suffix == ".py" and path.name.startswith("test_")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name.count("_") < 3
    ]
    assert terse == []


def test_top_level_is_the_designs(tracked_files: list[Path]) -> None:
    assert {path.parts[0] for path in tracked_files} <= LOCK_FILES | {
        "Makefile", "pyproject.toml", "README.md", "CHANGELOG.md", "docker-compose.yml", "Dockerfile", "LICENSE",
        "package.json", "setup.py", ".ci", ".gitignore", ".dockerignore", "app", "contracts", "examples", "simulations",
        "docs", "tests", "tools",
    }  # fmt: skip
