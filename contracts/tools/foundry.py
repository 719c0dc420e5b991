"""Foundry's forge with what it needs, on the tests in contracts/test.

`python -m earnest.contracts.tools.foundry` runs every suite and prints what each ran; with arguments it runs forge
itself, as in `python -m earnest.contracts.tools.foundry test --match-contract Withdraw -vvvv`. First may come
`--profile quick`, or another of contracts/foundry.toml.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.contracts.build import ROOT, CompilerError, find_node

FORGE = ROOT / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"
CONFIG = Path("contracts") / "foundry.toml"
#: Seconds in forge's units of time.
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class Suite:
    """What one test contract ran.

    Attributes:
        name: the contract.
        tests: its tests, fuzz tests and invariants.
        fuzz_runs: cases that its fuzz tests tried.
        calls: calls that its invariants' sequences made.
        seconds: how long it took.
        failures: test -> why it failed.
    """

    name: str
    tests: int
    fuzz_runs: int
    calls: int
    seconds: float
    failures: dict[str, str]


#: What this process ran, by profile.
RAN: dict[str, list[Suite]] = {}


def environment(root: Path = ROOT) -> dict[str, str]:
    """The environment for forge, and for tools that call it, on a tree laid out as the repository is.

    Raises:
        CompilerError: forge or Node is missing.
    """
    if not FORGE.is_file():
        raise CompilerError("npm's forge is missing (it is there for Linux on x86-64): run `make setup-dev`.")
    ours = {"FOUNDRY_CONFIG": str(root / CONFIG), "FOUNDRY_DISABLE_NIGHTLY_WARNING": "1", "NO_COLOR": "1"}
    if root != ROOT:
        # a copy is there to be changed, so the committed artifacts are not what is to be tested
        ours["EARNEST_TEST_SOURCES"] = "true"
    path = os.pathsep.join([str(FORGE.parent), str(find_node().parent), os.environ.get("PATH", "")])
    # a profile is named by who calls, not by what the shell happens to hold
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FOUNDRY_", "DAPP_"))}
    return inherited | ours | {"PATH": path}


def forge(
    *arguments: str,
    root: Path = ROOT,
    settings: Mapping[str, str] | None = None,
    quiet: bool = False,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run forge on the tree at `root`.

    Args:
        arguments: forge's own.
        root: the tree, laid out as the repository is.
        settings: further environment variables.
        quiet: keep its output instead of printing it.
        timeout: seconds after which it is ended.

    Raises:
        subprocess.TimeoutExpired: it took longer.
    """
    command = [str(FORGE), *arguments, "--root", str(root)]
    where = environment(root) | dict(settings or {})
    return subprocess.run(command, env=where, cwd=root, check=False, text=True, capture_output=quiet, timeout=timeout)


def run_suites(profile: str, *arguments: str, root: Path = ROOT) -> list[Suite]:
    """Compile, and run the tests.

    Args:
        profile: of contracts/foundry.toml.
        arguments: further ones for `forge test`.
        root: the tree, laid out as the repository is.

    Raises:
        CompilerError: the sources or the tests do not compile, or forge does not start.
    """
    answer = forge("test", "--json", *arguments, root=root, settings={"FOUNDRY_PROFILE": profile}, quiet=True)
    start = answer.stdout.find('{"')
    if start < 0:
        raise CompilerError(f"forge ran no test.\n{answer.stdout}\n{answer.stderr}")
    RAN[profile] = [_suite(name, raw) for name, raw in sorted(json.loads(answer.stdout[start:]).items())]
    return RAN[profile]


def _suite(name: str, raw: dict[str, Any]) -> Suite:
    results = raw["test_results"]
    kinds = [result["kind"] for result in results.values()]
    return Suite(
        name=name.rpartition(":")[2],
        tests=len(results),
        fuzz_runs=sum(kind["Fuzz"]["runs"] for kind in kinds if "Fuzz" in kind),
        calls=sum(kind["Invariant"]["calls"] for kind in kinds if "Invariant" in kind),
        seconds=seconds(raw["duration"]),
        failures={
            test: f"{result['reason']} {json.dumps(result['counterexample'] or '')}"
            for test, result in results.items()
            if result["status"] != "Success"
        },
    )


def seconds(duration: str) -> float:
    """Forge's "1m 11s 273ms 347µs 313ns" in seconds."""
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)(h|ms|µs|ns|m|s)", duration))


def table(suites: Sequence[Suite]) -> str:
    """One line a suite: tests, cases tried by fuzzing, calls in invariants' sequences, minutes; and each failure."""
    lines = [f"{'suite':<28}{'tests':>7}{'fuzz cases':>12}{'calls':>10}{'minutes':>9}"]
    total = Suite(
        "all",
        sum(suite.tests for suite in suites),
        sum(suite.fuzz_runs for suite in suites),
        sum(suite.calls for suite in suites),
        sum(suite.seconds for suite in suites),
        {},
    )
    for suite in [*suites, total]:
        counts = f"{suite.tests:>7,}{suite.fuzz_runs:>12,}{suite.calls:>10,}{suite.seconds / 60:>9.2f}"
        lines.append(f"{suite.name:<28}{counts}")
        lines += [f"    FAILED {test}: {why}" for test, why in suite.failures.items()]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    profile = "default"
    if arguments[:1] == ["--profile"]:
        profile, arguments = arguments[1], arguments[2:]
    try:
        if arguments:
            return forge(*arguments, settings={"FOUNDRY_PROFILE": profile}).returncode
        suites = run_suites(profile)
    except CompilerError as error:
        sys.exit(str(error))
    print(table(suites))
    return 1 if any(suite.failures for suite in suites) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
