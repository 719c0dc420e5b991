"""No module needs, to be imported, one that needs it: circles of imports make the order of imports matter.

Imports inside functions are made later, and those for type checkers never; neither is looked at. That a package's
`__init__` imports its modules is no circle.
"""

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"app": "earnest", "simulations": "earnest.simulations", "contracts": "earnest.contracts"}


def name_of(path: Path) -> str:
    """The name that a source of the checkout is imported by."""
    folder, *inside = path.with_suffix("").parts
    return ".".join((FOLDERS[folder], *inside)).removesuffix(".__init__")


def imported(statements: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """What is imported when statements are carried out: modules, with the name that is taken from each."""
    for statement in statements:
        match statement:
            case ast.Import():
                yield from ((alias.name, "") for alias in statement.names)
            case ast.ImportFrom(module=str(module)):
                yield from ((module, alias.name) for alias in statement.names)
            case ast.If(test=test) if "TYPE_CHECKING" in ast.unparse(test):
                yield from imported(statement.orelse)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pass
            case _:
                for field in ("body", "orelse", "finalbody", "handlers"):
                    yield from imported(getattr(statement, field, []))


def circle(sources: Mapping[str, str]) -> list[str]:
    """Modules that need each other, in their order; none where there is no circle.

    Args:
        sources: by the modules' names.
    """
    needs = {}
    for module, source in sources.items():
        # of `from package import module`, the module; the package's own names are in its __init__
        taken = {
            inner if (inner := f"{outer}.{name}") in sources else outer
            for outer, name in imported(ast.parse(source).body)
        }
        needs[module] = (taken & set(sources)) - {module}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        found_circle: list[str] = error.args[1]
        return found_circle
    return []


@pytest.mark.parametrize(
    "sources",
    [
        {"a": "import b", "b": "from a import x"},
        {"a": "import b", "b": "try:\n    from c import x\nexcept ImportError:\n    x = 1", "c": "import a"},
        {"p": "from p.a import x", "p.a": "from p import b", "p.b": "from p.a import y"},
        {"a": "class A:\n    import b", "b": "import a"},
    ],
)
def test_circle_is_noticed(sources: dict[str, str]) -> None:
    assert set(circle(sources)) <= set(sources)
    assert circle(sources)


@pytest.mark.parametrize(
    "sources",
    [
        {"a": "import b", "b": "def f():\n    import a"},
        {"a": "import b", "b": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a"},
        {"p": "from p.a import x", "p.a": "from p import b", "p.b": "y = 1"},
    ],
)
def test_what_is_imported_later_or_never_is_no_circle(sources: dict[str, str]) -> None:
    assert circle(sources) == []


def test_modules_of_the_project_lie_in_no_circle(tracked_files: list[Path]) -> None:
    sources = {
        name_of(path): (ROOT / path).read_text("utf-8")
        for path in tracked_files
        if path.suffix == ".py" and path.parts[0] in FOLDERS
    }
    assert len(sources) > 300
    assert circle(sources) == []
