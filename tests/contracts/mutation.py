"""How many of slither-mutate's mutants Solidity's own tests kill: `make mutate-contracts`.

There are thousands, and each is compiled as it would be deployed, so a sample is drawn by a seed. Mutants that do not
compile are not counted, as in Slither's own command. Results are kept in build/mutation.jsonl as they come, and a
mutant of the same source is not run twice. contracts/mutation.toml explains the survivors.
"""

import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from contracts.build import ROOT, CompilerError
from tests.contracts.foundry import environment, forge
from tests.contracts.scratch import copy_contracts
from tests.contracts.static_analysis import SLITHER

RESULTS = ROOT / "build" / "mutation.jsonl"
EXPLANATIONS = ROOT / "contracts" / "mutation.toml"
#: Seconds after which a mutant that hangs its tests counts as noticed.
PATIENCE = 600

Mutant = dict[str, Any]


def mutants() -> list[Mutant]:
    """Every mutant that slither-mutate would make of contracts/src, in a fixed order."""
    root = copy_contracts("mutation")
    where = environment(root) | {"FOUNDRY_PROFILE": "plain"}
    # crytic-compile finds the copy at the root itself
    del where["FOUNDRY_CONFIG"]
    command = [str(SLITHER.parent / "python"), "-P", str(ROOT / "tests" / "contracts" / "mutants.py")]
    ended = subprocess.run(command, cwd=root, env=where, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise CompilerError(f"Slither made no mutants.\n{ended.stdout}\n{ended.stderr}")
    found: list[Mutant] = json.loads(ended.stdout[ended.stdout.index("[{") :])
    return found


def key(mutant: Mutant) -> str:
    """A mutant of one state of its source."""
    source = (ROOT / "contracts" / "src" / mutant["file"]).read_bytes()
    told = json.dumps([mutant["file"], mutant["start"], mutant["end"], mutant["new"]])
    return hashlib.sha256(source + told.encode()).hexdigest()


def run(mutant: Mutant) -> str:
    """Mutate a copy and test it: "killed", "survived", or "invalid" when it does not compile."""
    root = copy_contracts("mutation")
    sources = root / "contracts" / "src"
    _leave_one_pool(sources / "pools", mutant["file"])
    path = sources / mutant["file"]
    text = path.read_bytes()
    path.write_bytes(text[: mutant["start"]] + mutant["new"].encode() + text[mutant["end"] :])
    try:
        answer = forge(
            "test",
            "--fail-fast",
            *_suites(mutant["file"]),
            root=root,
            settings={"FOUNDRY_PROFILE": "sources"},
            quiet=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return "killed"
    if answer.returncode == 0:
        return "survived"
    return "killed" if "Failing tests" in answer.stdout else "invalid"


def _leave_one_pool(pools: Path, file: str) -> None:
    """Compiling a pool is what takes the time, and one that contains the file is enough."""
    stem = Path(file).stem
    names = sorted(path.stem for path in pools.glob("*.sol"))
    incentive = "Points" if stem == "Points" else "SelfAssessed"
    model = next((name.removeprefix(incentive) for name in names if name == incentive + stem), "SparsePerceptron")
    for name in names:
        if name != incentive + model and name != stem:
            (pools / f"{name}.sol").unlink()


def _suites(file: str) -> tuple[str, ...]:
    """Suites that need a pool which was left out are left out too."""
    if Path(file).stem.startswith("Points"):
        return ("--no-match-contract", "SelfAssess|Decaying|Model|Perceptron|Centroid|Bayes")
    return ("--no-match-contract", "Points")


def campaign(size: int, seed: int, minutes: float, files: str) -> Iterator[tuple[Mutant, str]]:
    """Run a sample, for so many minutes at most; each mutant and what became of it."""
    found = [mutant for mutant in mutants() if re.search(files, mutant["file"])]
    print(f"{len(found):,} mutants; a sample of {min(size, len(found)):,} by seed {seed}", flush=True)
    known = dict(_results())
    until = time.monotonic() + 60 * minutes
    for mutant in random.Random(seed).sample(found, min(size, len(found))):
        if key(mutant) not in known:
            if time.monotonic() > until:
                print("Out of time: the rest of the sample is left out.")
                return
            known[key(mutant)] = run(mutant)
            with RESULTS.open("a", encoding="utf-8") as results:
                results.write(json.dumps({**mutant, "key": key(mutant), "outcome": known[key(mutant)]}) + "\n")
        yield mutant, known[key(mutant)]


def _results() -> Iterator[tuple[str, str]]:
    if RESULTS.is_file():
        for line in RESULTS.read_text("utf-8").splitlines():
            raw = json.loads(line)
            yield raw["key"], raw["outcome"]


def explained() -> dict[tuple[str, str, str], str]:
    """(file, old, new) -> why a survivor is no gap in the tests."""
    entries = tomllib.loads(EXPLANATIONS.read_text("utf-8")).get("survivor", [])
    return {(entry["file"], entry["old"], entry["new"]): entry["why"] for entry in entries}


def report(outcomes: Iterable[tuple[Mutant, str]]) -> tuple[str, float]:
    """Killed of all that compile, by file; each survivor, with its explanation; and the share that was killed."""
    outcomes = list(outcomes)
    by_file = Counter((mutant["file"], outcome) for mutant, outcome in outcomes)
    totals = Counter(outcome for _, outcome in outcomes)
    lines = [f"{'file':<34}{'killed':>8}{'survived':>10}{'not compiled':>14}"]
    for file in sorted({mutant["file"] for mutant, _ in outcomes}):
        counts = [by_file[file, outcome] for outcome in ("killed", "survived", "invalid")]
        lines.append(f"{file:<34}{counts[0]:>8}{counts[1]:>10}{counts[2]:>14}")
    share = totals["killed"] / max(1, totals["killed"] + totals["survived"])
    lines.append(f"{'all':<34}{totals['killed']:>8}{totals['survived']:>10}{totals['invalid']:>14}")
    lines.append(f"{share:.1%} of those that compile were killed")
    reasons = explained()
    for mutant, outcome in outcomes:
        if outcome == "survived":
            why = reasons.get((mutant["file"], mutant["old"], mutant["new"]), "NOT EXPLAINED")
            lines.append(f"\nsurvived {mutant['file']}:{mutant['line']} ({mutant['mutator']}): {why}")
            lines += [f"    - {mutant['old']}", f"    + {mutant['new']}"]
    return "\n".join(lines), share


def main() -> None:
    """See the module; fails below 90 %, or when a survivor is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=200, help="mutants to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=240.0, help="start no further mutant after so long")
    parser.add_argument("--files", default="", help="only sources whose path has this pattern")
    given = parser.parse_args()
    os.nice(19)
    outcomes = []
    try:
        for mutant, outcome in campaign(given.sample, given.seed, given.minutes, given.files):
            outcomes.append((mutant, outcome))
            print(f"{len(outcomes)}: {outcome} {mutant['file']}:{mutant['line']} {mutant['mutator']}", flush=True)
    except CompilerError as error:
        sys.exit(str(error))
    text, share = report(outcomes)
    print(text)
    if share < 0.9 or "NOT EXPLAINED" in text:
        sys.exit("Fewer than 90 % were killed, or a survivor is not explained in contracts/mutation.toml.")


if __name__ == "__main__":
    main()
