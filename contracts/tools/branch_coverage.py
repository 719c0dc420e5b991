"""Branch coverage of our contracts by Solidity's own tests: `make coverage-contracts`.

forge's own coverage compiles the tests by the compiler's intermediate representation, since ours needs it, and maps no
instruction of that back to a line of inline assembly. So a copy of the sources gets probes instead, in Solidity as in
assembly, and the tests run on it once. Counted are both ways of an `if` and of a `?:`, both of what is left of `&&` and
`||`, each case of a `switch`, and each loop's body.
"""

import argparse
import re
import sys
from collections.abc import Mapping

from earnest.contracts.build import ROOT, CompilerError
from earnest.contracts.tools.foundry import forge
from earnest.contracts.tools.probes import Branch, path_of, put_probes
from earnest.contracts.tools.scratch import copy_contracts

#: Code with probes, and without the optimizer, takes more gas than these tests allow.
NO_GAS = ("--no-match-test", "^test_gas_")


def measured() -> dict[Branch, bool]:
    """Each branch, and whether a test takes it.

    Raises:
        CompilerError: the tests do not pass.
    """
    root = copy_contracts("coverage")
    branches = put_probes(root)
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
