"""The direction of the arrows: the table stands in pyproject.toml, under [tool.importlinter]."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "contracts", "simulations")

#: One forbidden import for each contract of the table: (contract, file, line). A contract that lets it pass is no use.
VIOLATIONS = [
    ("app-without-simulations", "app/config.py", "import simulations"),
    ("pure-core", "app/core/errors.py", "import sqlalchemy"),
    ("pure-core", "app/core/errors.py", "import contracts"),
    ("one-importer-of-the-chain-libraries", "app/sync/__init__.py", "import web3"),
    ("one-importer-of-the-chain-libraries", "simulations/__init__.py", "import eth_abi"),
    ("chain-below-the-service", "app/chain/__init__.py", "import app.pools.service"),
    ("tables-below-the-service", "app/db/__init__.py", "import app.chain.gateway"),
    ("sync-below-the-service", "app/sync/__init__.py", "import fastapi"),
    ("simulations-without-service", "simulations/__init__.py", "import app.db.tables"),
    ("routers-through-services", "app/pools/router.py", "import app.chain.gateway"),
]


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True)


def _contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in settings["contracts"]}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


def test_import_table_holds() -> None:
    done = _lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_import_table_every_contract_is_broken_here_on_purpose() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(_contracts())


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=lambda value: str(value).replace("import ", ""))
def test_import_table_forbidden_import_is_noticed(contract: str, file: str, line: str, tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = _lint_imports(tmp_path)
    assert done.returncode != 0
    assert f"{_contracts()[contract]} BROKEN" in done.stdout


def test_core_imports_no_other_package_of_app(graph: grimp.ImportGraph) -> None:
    core = {"app.core", *graph.find_descendants("app.core")}
    imported = {module: graph.find_modules_directly_imported_by(module) for module in core}
    outside = {
        (module, other)
        for module, others in imported.items()
        for other in others
        if re.match(r"app(\.|$)", other) and other not in core
    }
    assert outside == set()


def test_sqlalchemy_is_imported_only_where_tables_are_read_or_written(graph: grimp.ImportGraph) -> None:
    importers = graph.find_modules_that_directly_import("sqlalchemy") | graph.find_modules_that_directly_import(
        "alembic"
    )
    strangers = {module for module in importers if re.search(r"\.(router|schemas)$|^app\.(core|chain|cli)\b", module)}
    assert strangers == set()


def test_only_service_and_simulations_read_contracts_artifacts(graph: grimp.ImportGraph) -> None:
    importers = graph.find_modules_that_directly_import("contracts")
    others = {module for module in importers if not re.match(r"app\.chain\b|contracts\b|simulations\b", module)}
    assert others == set()
