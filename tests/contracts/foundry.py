"""Foundry's forge with what it needs: `python -m tests.contracts.foundry test --match-contract Withdraw`."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from contracts.build import ROOT, CompilerError, find_node

FORGE = ROOT / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"
CONFIG = Path("contracts") / "foundry.toml"


def environment(root: Path = ROOT) -> dict[str, str]:
    """The environment for forge, and for tools that call it, on a tree laid out as the repository is.

    Raises:
        CompilerError: forge or Node is missing.
    """
    if not FORGE.is_file():
        raise CompilerError("npm's forge is missing (it is there for Linux on x86-64): run `make setup-dev`.")
    ours = {"FOUNDRY_CONFIG": str(root / CONFIG), "FOUNDRY_DISABLE_NIGHTLY_WARNING": "1", "NO_COLOR": "1"}
    path = os.pathsep.join([str(FORGE.parent), str(find_node().parent), os.environ.get("PATH", "")])
    # a profile is named by who calls, not by what the shell happens to hold
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_"))}
    return inherited | ours | {"PATH": path}


def forge(*arguments: str, root: Path = ROOT, settings: Mapping[str, str] | None = None) -> int:
    """Run forge on the tree at `root`; its output goes where ours does.

    Args:
        arguments: forge's own.
        root: the tree, laid out as the repository is.
        settings: further environment variables.

    Returns:
        its exit code.
    """
    command = [str(FORGE), *arguments, "--root", str(root)]
    return subprocess.run(command, env=environment(root) | dict(settings or {}), cwd=root, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """`--profile NAME` first, then forge's arguments."""
    settings = {}
    if arguments[:1] == ["--profile"]:
        settings["FOUNDRY_PROFILE"], arguments = arguments[1], arguments[2:]
    try:
        return forge(*arguments, settings=settings)
    except CompilerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
