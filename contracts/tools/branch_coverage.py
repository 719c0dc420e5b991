"""Branch coverage of our contracts by Solidity's own tests: `make coverage-contracts`.

forge's own coverage compiles the tests by the compiler's intermediate representation, since ours needs it, and maps no
instruction of that back to a line of inline assembly. So a copy of the sources gets probes instead, in Solidity as in
assembly, and the tests run on it once. Counted are both ways of an `if` and of a `?:`, both of what is left of `&&` and
`||`, each case of a `switch`, and each loop's body.

Pools of the two families are measured apart and at the same time, each with its own tests; a pool of the first family
that only combines what others have is left out.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from earnest.contracts.build import ROOT, CompilerError
from earnest.contracts.tools.foundry import forge
from earnest.contracts.tools.mutation import NO_GAS, POOL, pools_with
from earnest.contracts.tools.probes import Branch, path_of, put_probes
from earnest.contracts.tools.scratch import copy_contracts

#: What the tests of sealed pools need of contracts/test, beside their own folder; the last has a pool of each family.
CHUNKS = "Chunks.t.sol"
SEALED = ("sealed", "kit", CHUNKS)


def measured() -> dict[Branch, bool]:
    """Each branch, and whether a test takes it.

    Raises:
        CompilerError: the tests do not pass.
    """
    with ThreadPoolExecutor() as threads:
        first, sealed = threads.map(_measured_in, (_first_family, _sealed_family))
    return {branch: came or sealed[branch] for branch, came in first.items()}


def _first_family(root: Path) -> None:
    """Leave pools that are not sealed in a copy, and their tests: each model once, and each incentive."""
    tests, sources = root / "contracts" / "test", root / "contracts" / "src"
    shutil.rmtree(tests / "sealed")
    shutil.rmtree(sources / "sealed" / "pools")
    (tests / CHUNKS).unlink()
    models = [str(path.relative_to(sources)) for path in (sources / "models").glob("*.sol")]
    kept = {pool for file in ("Pool.sol", *models) for pool in pools_with(file)}
    for path in (sources / "pools").glob("*.sol"):
        if path.stem not in kept:
            path.unlink()


def _sealed_family(root: Path) -> None:
    """Leave sealed pools in a copy, as far as tests name them, and their tests."""
    tests, sources = root / "contracts" / "test", root / "contracts" / "src"
    for path in tests.iterdir():
        if path.name not in SEALED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    named = {pool for path in tests.rglob("*.sol") for pool in POOL.findall(path.read_text("utf-8"))}
    for path in [*sources.glob("pools/*.sol"), *sources.glob("sealed/pools/*.sol")]:
        if path.stem not in named:
            path.unlink()


def _measured_in(family: Callable[[Path], None]) -> dict[Branch, bool]:
    root = copy_contracts(f"coverage{family.__name__}")
    branches = put_probes(root)
    family(root)
    answer = forge("test", *NO_GAS, root=root, settings={"FOUNDRY_PROFILE": "unoptimised"}, quiet=True)
    if answer.returncode:
        raise CompilerError(f"The tests fail on the sources with probes.\n{answer.stdout}\n{answer.stderr}")
    return {branch: not (root / path_of(number)).exists() for number, branch in branches.items()}


def report(taken: Mapping[Branch, bool]) -> str:
    """A line a file: branches taken and there, outside assembly and in it; then the branches that no test takes."""
    lines = [f"{'file':<34}{'Solidity':>12}{'assembly':>12}"]
    for file in [*sorted({branch.file for branch in taken}), ""]:
        counts = ""
        for assembly in (False, True):
            of_file = [
                came for branch, came in taken.items() if branch.assembly is assembly and file in ("", branch.file)
            ]
            counts += f"{f'{sum(of_file)}/{len(of_file)}':>12}"
        lines.append(f"{file or 'all':<34}{counts}")
    missed = [branch for branch, came in taken.items() if not came]
    return "\n".join([*lines, *(f"no test takes {branch.file}:{branch.line}, {branch.way}" for branch in missed)])


def main() -> None:
    """Measure, print, and fail when a branch is not taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", default="", help="only sources whose path has this pattern")
    files = parser.parse_args().files
    try:
        taken = {branch: came for branch, came in measured().items() if re.search(files, branch.file)}
    except CompilerError as error:
        sys.exit(str(error))
    text = report(taken)
    print(text)
    (ROOT / "build" / "coverage.txt").write_text(text + "\n", "utf-8")
    if not all(taken.values()):
        sys.exit("Not every branch is taken.")


if __name__ == "__main__":
    main()
