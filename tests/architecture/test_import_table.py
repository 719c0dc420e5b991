"""The direction of the arrows: the table stands in pyproject.toml, under [tool.importlinter]."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The folders of the checkout, and where their names in Python put them.
FOLDERS = {"app": "earnest", "simulations": "earnest/simulations", "contracts": "earnest/contracts"}

#: One forbidden import for each contract of the table: (contract, file, line). A contract that lets it pass is no use.
VIOLATIONS = [
    ("app-without-simulations", "earnest/config.py", "import earnest.simulations"),
    ("rooms-in-layers", "earnest/sync/__init__.py", "import earnest.pools.service"),
    ("rooms-in-layers", "earnest/web/__init__.py", "import earnest.accounts.service"),
    ("rooms-in-layers", "earnest/pools/__init__.py", "import earnest.runtime"),
    ("rooms-in-layers", "earnest/dashboard/pages/pools.py", "import earnest.runtime"),
    ("rooms-in-layers", "earnest/chain/__init__.py", "import earnest.db.tables"),
    ("pure-core", "earnest/core/errors.py", "import sqlalchemy"),
    ("pure-core", "earnest/core/errors.py", "import earnest.contracts"),
    ("one-importer-of-the-chain-libraries", "earnest/sync/__init__.py", "import web3"),
    ("one-importer-of-the-chain-libraries", "earnest/simulations/__init__.py", "import eth_abi"),
    ("chain-below-the-service", "earnest/chain/__init__.py", "import sqlalchemy"),
    ("tables-below-the-service", "earnest/db/__init__.py", "import earnest.chain.gateway"),
    ("sync-below-the-service", "earnest/sync/__init__.py", "import fastapi"),
    ("simulations-without-service", "earnest/simulations/__init__.py", "import earnest.db.tables"),
    ("routers-through-services", "earnest/pools/router.py", "import earnest.chain.gateway"),
    ("routers-through-services", "earnest/dashboard/pages/pools.py", "import earnest.db.queries.pools"),
]

_GRAPH = """
import grimp, json
graph = grimp.build_graph("earnest", include_external_packages=True, cache_dir=None)
print(json.dumps({module: sorted(graph.find_modules_directly_imported_by(module)) for module in sorted(graph.modules)}))
"""


def _lay_out(folder: Path) -> Path:
    """The sources under their names in Python, as an installation has them."""
    for name, inside in FOLDERS.items():
        shutil.copytree(
            ROOT / name, folder / inside, ignore=shutil.ignore_patterns("__pycache__", "*.json"), dirs_exist_ok=True
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def _in(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return _in(
        folder, sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"
    )


def _contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in settings["contracts"]}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _lay_out(tmp_path_factory.mktemp("sources"))


@pytest.fixture(scope="module")
def imports(sources: Path) -> dict[str, list[str]]:
    """Each module with what it imports directly, modules of others included."""
    done = _in(sources, sys.executable, "-c", _GRAPH)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_import_table_holds(sources: Path) -> None:
    done = _lint_imports(sources)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_table_every_contract_is_broken_here_on_purpose() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(_contracts())


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=lambda value: str(value).replace("import ", ""))
def test_import_table_forbidden_import_is_noticed(contract: str, file: str, line: str, tmp_path: Path) -> None:
    _lay_out(tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = _lint_imports(tmp_path)
    assert done.returncode != 0
    assert f"{_contracts()[contract]} BROKEN" in done.stdout


def test_import_table_knows_every_room(imports: dict[str, list[str]]) -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (listed,) = [contract["source_modules"] for contract in table if contract["id"] == "app-without-simulations"]
    rooms = {".".join(module.split(".")[:2]) for module in imports if module.startswith("earnest.")}
    assert set(listed) == rooms - {"earnest.simulations", "earnest.contracts"}


def test_core_imports_no_other_room_of_the_project(imports: dict[str, list[str]]) -> None:
    outside = {
        (module, other)
        for module, others in imports.items()
        for other in others
        if re.match(r"earnest\.core\b", module) and re.match(r"earnest(?!\.core\b)", other)
    }
    assert outside == set()


def test_sqlalchemy_is_imported_only_where_tables_are_read_or_written(imports: dict[str, list[str]]) -> None:
    importers = {module for module, others in imports.items() if {"sqlalchemy", "alembic"} & set(others)}
    assert importers
    strangers = {m for m in importers if re.search(r"\.(router|schemas)$|^earnest\.(core|chain|cli)\b", m)}
    assert strangers == set()


def test_only_service_and_simulations_read_contracts_artifacts(imports: dict[str, list[str]]) -> None:
    importers = {module for module, others in imports.items() if "earnest.contracts" in others}
    assert importers
    assert {m for m in importers if not re.match(r"earnest\.(chain|contracts|simulations)\b", m)} == set()


def test_sources_never_import_a_folder_by_its_own_name() -> None:
    named = re.compile(r"^\s*(?:from|import) (?:app|simulations|contracts)\b", re.MULTILINE)
    folders = (*FOLDERS, "tests")
    assert [
        path for name in folders for path in (ROOT / name).rglob("*.py") if named.search(path.read_text("utf-8"))
    ] == []
