"""Copies of the contracts, for tools that change them, or that expect their configuration at the root."""

import shutil
from pathlib import Path

from earnest.contracts.build import ROOT
from earnest.contracts.tools.foundry import CONFIG

#: What of contracts/ the tools need.
PARTS = ("src", "test", "compiler")


def copy_contracts(name: str) -> Path:
    """A fresh tree in build/, laid out as the repository is; what it was compiled to before is kept.

    Args:
        name: of the folder in build/.
    """
    root = ROOT / "build" / name
    contracts = root / "contracts"
    shutil.rmtree(contracts, ignore_errors=True)
    for part in PARTS:
        shutil.copytree(ROOT / "contracts" / part, contracts / part)
    shutil.copy2(ROOT / CONFIG, root / CONFIG)
    # where crytic-compile looks for it
    shutil.copy2(ROOT / CONFIG, root / CONFIG.name)
    packages = root / "node_modules"
    if not packages.is_symlink():
        packages.symlink_to(ROOT / "node_modules")
    return root
