"""How many of slither-mutate's mutants Solidity's own tests kill: `make mutate-contracts`.

There are thousands, so a sample is drawn by a seed. Each is compiled without the optimizer, which takes a part of the
time, and where no test notices it, as it would be deployed, for the tests of gas. Mutants that do not compile are not
counted, as in Slither's own command. Results are kept in build/mutation.jsonl as they come. A mutant of the same source
is not run twice, except survivors once the tests have changed. contracts/mutation.toml explains the survivors.
"""

import argparse
import hashlib
import json
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.contracts.build import ROOT, CompilerError
from earnest.contracts.pools import implementations, prefixes, sealed_implementations
from earnest.contracts.tools.foundry import environment, forge
from earnest.contracts.tools.scratch import copy_contracts
from earnest.contracts.tools.static_analysis import SLITHER

RESULTS = ROOT / "build" / "mutation.jsonl"
EXPLANATIONS = ROOT / "contracts" / "mutation.toml"
#: A mutant that hangs its tests counts as noticed after so many seconds, or so many times what they take without it.
PATIENCE, TIMES = 600.0, 5

SOURCES = ROOT / "contracts" / "src"
#: The incentive whose pools have every model in contracts/test/kit/Kinds.sol, and the model that every incentive has.
INCENTIVE, MODEL = "SelfAssessment", "SparsePerceptron"
FIRST = prefixes()[INCENTIVE] + MODEL
#: Judges in the order in which mutants are tried on them. Every test of a verb is about a pool of the first one; tests
#: of the others have their name.
JUDGES = ("WordsJudge", "CountsJudge", "VectorsJudge", "CentroidsJudge")
SEALED_TESTS = "contracts/test/sealed"
POOL = re.compile(r'"(\w+Assessed\w+)"')
IMPORT = re.compile(r'from "(\.[^"]+)"')
COMMENT = re.compile(r"//[^\n]*")
#: Tests of a pool of each family, which no target but their own has.
CHUNKS = "ChunksTest"
FACTORY = "PoolFactory.sol"
#: Code without the optimizer takes more gas than these tests allow.
NO_GAS = ("--no-match-test", "^test_gas_")
GAS = ("--match-test", "^test_gas_")
#: What became of a mutant for which there was no time.
LEFT_OUT = "left out"

Mutant = dict[str, Any]


def mutants() -> list[Mutant]:
    """Every mutant that slither-mutate would make of contracts/src, in a fixed order."""
    root = copy_contracts("mutation")
    # a pool names what it inherits and has no code of its own, and compiling it takes long
    for path in (root / "contracts" / "src").glob("**/pools/*.sol"):
        path.unlink()
    where = environment(root) | {"FOUNDRY_PROFILE": "plain"}
    # crytic-compile finds the copy at the root itself
    del where["FOUNDRY_CONFIG"]
    command = [str(SLITHER.parent / "python"), "-P", str(Path(__file__).with_name("mutants.py"))]
    ended = subprocess.run(command, cwd=root, env=where, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise CompilerError(f"Slither made no mutants.\n{ended.stdout}\n{ended.stderr}")
    found: list[Mutant] = json.loads(ended.stdout[ended.stdout.index("[{") :])
    return found


def key(mutant: Mutant) -> str:
    """A mutant of one state of its source."""
    source = (SOURCES / mutant["file"]).read_bytes()
    told = json.dumps([mutant["file"], mutant["start"], mutant["end"], mutant["new"]])
    return hashlib.sha256(source + told.encode()).hexdigest()


@dataclass(frozen=True)
class Target:
    """What a mutant is tried on.

    Attributes:
        pools: the implementations that the copy keeps, since compiling them is what takes the time.
        tests: forge's arguments for the tests that need no others.
    """

    pools: frozenset[str]
    tests: tuple[str, ...]


def run(mutant: Mutant, folder: str, patience: float = PATIENCE) -> str:
    """Mutate a copy and test it: "killed", "survived", or "invalid" when it does not compile.

    The targets are tried one after the other until one notices.

    Args:
        mutant: one of `mutants`.
        folder: in build/, of the copy.
        patience: seconds for each target.
    """
    for profile, gas in (("unoptimised", NO_GAS), ("sources", GAS)):
        for target in targets_of(mutant["file"]):
            outcome = _run_on(target, mutant, folder, profile, gas, patience)
            if outcome != "survived":
                return outcome
    return "survived"


def _run_on(
    target: Target, mutant: Mutant | None, folder: str, profile: str, gas: tuple[str, ...], patience: float | None
) -> str:
    """Test a copy that has this target's pools only, mutated or as it is."""
    sealed = target.pools <= sealed_implementations().keys()
    # tests of the other family would only be compiled
    root = copy_contracts(f"{folder}-sealed" if sealed else folder)
    sources = root / "contracts" / "src"
    for path in (root / "contracts" / "test").iterdir():
        if sealed and path.name not in ("sealed", "kit"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in [*sources.glob("pools/*.sol"), *sources.glob("sealed/pools/*.sol")]:
        if path.stem not in target.pools:
            path.unlink()
    if mutant:
        path = sources / mutant["file"]
        text = path.read_bytes()
        path.write_bytes(text[: mutant["start"]] + mutant["new"].encode() + text[mutant["end"] :])
    arguments = ("test", "--fail-fast", *target.tests, *gas)
    settings = {"FOUNDRY_PROFILE": profile}
    try:
        answer = forge(*arguments, root=root, settings=settings, quiet=True, timeout=patience)
    except subprocess.TimeoutExpired:
        return "killed"
    if answer.returncode == 0:
        return "survived"
    return "killed" if "Failing tests" in answer.stdout else "invalid"


def targets_of(file: str) -> list[Target]:
    """What a mutant of a source is tried on: pools of the first kind, then sealed ones, of two judges at most."""
    targets = []
    if not file.startswith("sealed/"):
        apart = ("--no-match-path", f"{SEALED_TESTS}/*")
        targets = [
            Target(frozenset({pool}), ("--no-match-contract", without(pool), *apart)) for pool in pools_with(file)
        ]
    sealed = _sealed_with(file)
    judges = [judge for judge in JUDGES if judge in sealed.values()]
    for judge in judges[: 2 if file.startswith("sealed/") else 1]:
        name = "Seal" if judge == JUDGES[0] else f"{judge}Test"
        # what is made before each test has the first judge
        sources = ["SealedTest.sol", "Seal*.t.sol" if judge == JUDGES[0] else f"{judge}.t.sol"]
        texts = [path.read_text("utf-8") for source in sources for path in (ROOT / SEALED_TESTS).glob(source)]
        pools = frozenset(pool for text in texts for pool in POOL.findall(text))
        if pools & sealed.keys():
            targets.append(Target(pools, ("--match-path", f"{SEALED_TESTS}/*", "--match-contract", f"^{name}")))
    if file == FACTORY:
        chunks = (ROOT / "contracts" / "test" / "Chunks.t.sol").read_text("utf-8")
        targets.append(Target(frozenset(POOL.findall(chunks)), ("--match-contract", f"^{CHUNKS}$")))
    return targets


def _sealed_with(file: str) -> dict[str, str]:
    """The judge of each sealed pool that a source is part of."""
    judges = {pool: judge for pool, (_, _, judge) in sealed_implementations().items()}
    return {
        path.stem: judges[path.stem]
        for path in sorted((SOURCES / "sealed" / "pools").glob("*.sol"))
        if SOURCES / file in _imported(path)
    }


def pools_with(file: str) -> list[str]:
    """The pools of the first kind on which a mutant of a source is tried, at most three.

    Of a source in all of them: the first model, under the first two incentives, and a model that takes batches one by
    one.
    """
    parts = implementations()
    within = {path.stem: _imported(path) for path in sorted((SOURCES / "pools").glob("*.sol"))}
    pools = [pool for pool, sources in within.items() if SOURCES / file in sources] or [FIRST]
    chosen = [pool for pool in pools if INCENTIVE in parts[pool] or MODEL in parts[pool]] or pools[:1]
    return sorted(chosen, key=lambda pool: (pool != FIRST, pool))[:3]


def _imported(path: Path) -> set[Path]:
    """A source and all that it imports from our own."""
    found: set[Path] = set()
    left = [path]
    while left:
        source = left.pop()
        if source not in found:
            found.add(source)
            left += [(source.parent / name).resolve() for name in IMPORT.findall(source.read_text("utf-8"))]
    return found


def without(pool: str) -> str:
    """A pattern of the test contracts that need another pool than this one."""
    parts = implementations()
    incentive, model = parts[pool]
    models = {other for _, other in parts.values()}
    others = [CHUNKS, *(f"{other}.*" for other in sorted(models - {model}))]
    for other, prefix in sorted(prefixes().items()):
        if other != incentive:
            others += [f"{name}.*" for name in sorted({other, prefix})]
    if incentive != INCENTIVE:
        # tests of models are under the first incentive, and so is the variant of its rules
        others += [f"{model}.*", "Decaying.*", "Invariants"]
    if model != MODEL:
        others += ["SelfAssessedInvariants", "DecayingInvariants", "SelfAssessmentTest", "Invariants"]
    # with safeguards they have the same pools
    return f"^(Safe)?({'|'.join(others)})$"


def campaign(size: int, seed: int, minutes: float, files: str, jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Run a sample, for so many minutes at most; each mutant and what became of it.

    Raises:
        CompilerError: the tests do not pass on the sources as they are, so that a failure would say nothing.
    """
    found = [mutant for mutant in mutants() if re.search(files, mutant["file"])]
    print(f"{len(found):,} mutants; a sample of {min(size, len(found)):,} by seed {seed}", flush=True)
    drawn = random.Random(seed).sample(found, min(size, len(found)))
    # some replace a number by itself, or a word in a comment
    sample = [mutant for mutant in drawn if _code(mutant["old"]) != _code(mutant["new"])]
    folders: queue.SimpleQueue[str] = queue.SimpleQueue()
    for number in range(jobs):
        folders.put(f"mutation-{number}")

    def in_a_folder(work: Callable[[str], str]) -> str:
        folder = folders.get()
        try:
            return work(folder)
        finally:
            folders.put(folder)

    known = dict(_results())
    until = time.monotonic() + 60 * minutes

    patience = PATIENCE

    def unmutated(target: Target, folder: str) -> str:
        nonlocal patience
        start = time.monotonic()
        outcome = _run_on(target, None, folder, "unoptimised", NO_GAS, None)
        patience = max(patience, TIMES * (time.monotonic() - start))
        return outcome

    def outcome(mutant: Mutant) -> str:
        if key(mutant) in known:
            return known[key(mutant)]
        if time.monotonic() > until:
            return LEFT_OUT
        return in_a_folder(lambda folder: run(mutant, folder, patience))

    with ThreadPoolExecutor(jobs) as threads:
        new = [mutant for mutant in sample if key(mutant) not in known]
        targets = list(dict.fromkeys(target for mutant in new for target in targets_of(mutant["file"])))
        whole = threads.map(lambda target: in_a_folder(lambda folder: unmutated(target, folder)), targets)
        for target, came in zip(targets, whole, strict=True):
            if came != "survived":
                raise CompilerError(f"The tests of {sorted(target.pools)} fail without a mutant ({came}).")
        for mutant, came in zip(sample, threads.map(outcome, sample), strict=True):
            if came == LEFT_OUT:
                continue
            if key(mutant) not in known:
                with RESULTS.open("a", encoding="utf-8") as results:
                    told = {**mutant, "key": key(mutant), "outcome": came, "tests": tests_digest()}
                    results.write(json.dumps(told) + "\n")
            yield mutant, came


def _code(text: str) -> str:
    """A piece of Solidity without its comments; one that is commented out as a whole is empty."""
    return COMMENT.sub("", text).strip()


def _results() -> Iterator[tuple[str, str]]:
    """What is known from before; of survivors only what the tests of today were tried on."""
    if RESULTS.is_file():
        today = tests_digest()
        for line in RESULTS.read_text("utf-8").splitlines():
            raw = json.loads(line)
            if raw["outcome"] != "survived" or raw.get("tests") == today:
                yield raw["key"], raw["outcome"]


def tests_digest() -> str:
    """One state of Solidity's own tests."""
    state = hashlib.sha256()
    for path in sorted((ROOT / "contracts" / "test").rglob("*.sol")):
        state.update(path.read_bytes())
    return state.hexdigest()


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
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="mutants at a time")
    given = parser.parse_args()
    os.nice(19)
    outcomes = []
    try:
        for mutant, outcome in campaign(given.sample, given.seed, given.minutes, given.files, given.jobs):
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
