"""The implementations that can be deployed: every model under every incentive, one short contract each.

`python -m earnest.contracts.build` writes them into contracts/src/pools. A model is a contract in contracts/src/models
that says its `modelId`, an incentive one in contracts/src/incentives that says its `incentiveId`; what they inherit
says neither.

An incentive whose judge is sealed gives contributions another life: its pools are `SealedPool`, its contracts lie in
contracts/src/sealed, and it is combined with the models for which there is a judge, which they name.
"""

import re
from pathlib import Path

SOURCES = Path(__file__).resolve().parent / "src"
POOLS = SOURCES / "pools"
SEALED_POOLS = SOURCES / "sealed" / "pools"

_NAME = re.compile(r"^(?:abstract )?contract (\w+)", re.MULTILINE)
#: What an incentive's pools are called by, where that is not its own name.
_PREFIX = re.compile(r"^/// @custom:pools (\w+)$", re.MULTILINE)
#: What seals a model, in contracts/src/sealed; models that name none cannot be sealed.
_JUDGE = re.compile(r"^/// @custom:judge (\w+)$", re.MULTILINE)

_POOL = """\
// SPDX-License-Identifier: MIT
pragma solidity {version};

import {{Pool}} from "../Pool.sol";
import {{{incentive}}} from "../incentives/{incentive}.sol";
import {{{model}}} from "../models/{model}.sol";

/// @title {name}
/// @notice The implementation that `PoolFactory` clones for the model `{model}` under the incentive `{incentive}`.
/// @dev Written by `python -m earnest.contracts.build`.
contract {name} is Pool, {incentive}, {model} {{
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {{}}
}}
"""

_SEALED_POOL = """\
// SPDX-License-Identifier: MIT
pragma solidity {version};

import {{{model}}} from "../../models/{model}.sol";
import {{SealedPool}} from "../SealedPool.sol";
import {{{judge}}} from "../{judge}.sol";

/// @title {name}
/// @notice The implementation that `PoolFactory` clones for the model `{model}` under the incentive `{incentive}`.
/// @dev Written by `python -m earnest.contracts.build`.
contract {name} is SealedPool, {model}, {judge} {{
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {{}}
}}
"""


def _concrete(folder: Path, identity: str) -> dict[str, str]:
    """Sources of the contracts in a folder that say who they are, by name."""
    found = {}
    for path in sorted(folder.glob("*.sol")):
        text = path.read_text("utf-8")
        if f"function {identity}()" in text:
            found.update(dict.fromkeys(_NAME.findall(text), text))
    return found


def implementations(sources: Path = SOURCES) -> dict[str, tuple[str, str]]:
    """The incentive's and the model's contract of each implementation, by its name."""
    models = _concrete(sources / "models", "modelId")
    return {
        f"{_prefix(incentive, text)}{model}": (incentive, model)
        for incentive, text in _concrete(sources / "incentives", "incentiveId").items()
        for model in models
    }


def sealed_implementations(sources: Path = SOURCES) -> dict[str, tuple[str, str, str]]:
    """The incentive's, the model's and the judge's contract of each sealed implementation, by its name."""
    judged = {
        model: named[1]
        for model, text in _concrete(sources / "models", "modelId").items()
        if (named := _JUDGE.search(text))
    }
    return {
        f"{_prefix(incentive, text)}{model}": (incentive, model, judge)
        for incentive, text in _concrete(sources / "sealed", "incentiveId").items()
        for model, judge in judged.items()
    }


def prefixes(sources: Path = SOURCES) -> dict[str, str]:
    """What each incentive's pools are called by, by the name of the incentive's contract."""
    return {name: _prefix(name, text) for name, text in _concrete(sources / "incentives", "incentiveId").items()}


def _prefix(incentive: str, text: str) -> str:
    named = _PREFIX.search(text)
    return named[1] if named else incentive


def pool_sources(version: str, sources: Path = SOURCES) -> dict[str, str]:
    """What contracts/src/pools holds, by file name.

    Args:
        version: of the compiler.
        sources: the folder of all sources.
    """
    return {
        f"{name}.sol": _POOL.format(version=version, name=name, incentive=incentive, model=model)
        for name, (incentive, model) in implementations(sources).items()
    }


def sealed_pool_sources(version: str, sources: Path = SOURCES) -> dict[str, str]:
    """What contracts/src/sealed/pools holds, by file name.

    Args:
        version: of the compiler.
        sources: the folder of all sources.
    """
    return {
        f"{name}.sol": _SEALED_POOL.format(version=version, name=name, incentive=incentive, model=model, judge=judge)
        for name, (incentive, model, judge) in sealed_implementations(sources).items()
    }


def write_pools(version: str) -> None:
    """Make contracts/src/pools and contracts/src/sealed/pools hold exactly these."""
    for folder, wanted in ((POOLS, pool_sources(version)), (SEALED_POOLS, sealed_pool_sources(version))):
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.sol"):
            if path.name not in wanted:
                path.unlink()
        for name, text in wanted.items():
            (folder / name).write_text(text, "utf-8")
