"""Slither over our sources: `make slither`.

Every finding of high or medium impact must be explained in contracts/slither.toml; one that is not, or an explanation
of nothing, is a failure.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.contracts.build import ROOT
from earnest.contracts.tools.foundry import environment
from earnest.contracts.tools.scratch import copy_contracts

#: An environment of its own: its web3 is older than ours.
SLITHER = ROOT / "build" / "slither-venv" / "bin" / "slither"
EXPLANATIONS = ROOT / "contracts" / "slither.toml"


@dataclass(frozen=True, order=True)
class Finding:
    """What Slither found, without line numbers: those move.

    Attributes:
        detector: which of its detectors.
        where: contract and function.
    """

    detector: str
    where: str


def analyse() -> list[tuple[Finding, str]]:
    """Run Slither; each finding of high or medium impact with its description."""
    root = copy_contracts("slither")
    report = root / "report.json"
    report.unlink(missing_ok=True)
    command = [str(SLITHER), ".", "--filter-paths", "node_modules|contracts/test", "--json", str(report)]
    command += ["--exclude-informational", "--exclude-optimization", "--exclude-low"]
    where = environment(root) | {"FOUNDRY_PROFILE": "plain"}
    # it finds the copy at the root itself
    del where["FOUNDRY_CONFIG"]
    ended = subprocess.run(command, cwd=root, env=where, check=False, capture_output=True, text=True)
    if not report.is_file():
        sys.exit(f"Slither made no report.\n{ended.stdout}\n{ended.stderr}")
    answer = json.loads(report.read_text("utf-8"))
    if not answer["success"]:
        sys.exit(f"Slither failed: {answer['error']}\n{ended.stderr}")
    print(ended.stderr.strip().splitlines()[-1])
    found = answer["results"].get("detectors", [])
    return [(Finding(raw["check"], _where(raw["elements"])), raw["description"]) for raw in found]


def _where(elements: list[dict[str, Any]]) -> str:
    """Contract.function of the finding's first element."""
    element: dict[str, Any] | None = elements[0]
    names: list[str] = []
    while element and element.get("name"):
        if element["type"] in {"function", "contract"}:
            names.insert(0, element["name"])
        element = element.get("type_specific_fields", {}).get("parent")
    return ".".join(names)


def explained(path: Path = EXPLANATIONS) -> dict[Finding, str]:
    """The committed explanations.

    Raises:
        KeyError: an entry lacks its detector, its place or its reason.
    """
    entries = tomllib.loads(path.read_text("utf-8"))["finding"]
    return {Finding(entry["detector"], entry["where"]): entry["why"] for entry in entries}


def complaints(found: Iterable[tuple[Finding, str]], reasons: dict[Finding, str]) -> list[str]:
    """What is wrong between findings and explanations; empty when nothing is."""
    found = list(found)
    wrong = [
        f"not explained: {finding.detector} in {finding.where}\n{text}"
        for finding, text in found
        if finding not in reasons
    ]
    stale = set(reasons) - {finding for finding, _ in found}
    return wrong + [f"explains nothing: {finding.detector} in {finding.where}" for finding in sorted(stale)]


def main() -> None:
    """Analyse, compare, print, and fail on a difference."""
    reasons = explained()
    found = analyse()
    for finding in sorted({finding for finding, _ in found} & set(reasons)):
        print(f"{finding.detector} in {finding.where}: {reasons[finding]}")
    wrong = complaints(found, reasons)
    if wrong:
        sys.exit("\n".join([*wrong, f"Mend the sources, or explain in {EXPLANATIONS.relative_to(ROOT)}."]))
    print(f"{len(found)} findings of high or medium impact, all of them explained")


if __name__ == "__main__":
    main()
