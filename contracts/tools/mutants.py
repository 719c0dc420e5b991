"""Every mutant that slither-mutate would make, as JSON: run by Slither's own Python, in a tree that forge compiles.

Slither's command compiles each mutant twice and tests it at once; `earnest.contracts.tools.mutation` takes a sample
instead.
"""

import json
import sys
from pathlib import Path
from typing import Any

from slither import Slither
from slither.tools.mutator.mutators import all_mutators

SOURCES = Path("contracts/src").resolve()


def main() -> None:
    """Print a list of mutants: file under contracts/src, byte range, old and new text, line, mutator."""
    mutators: list[Any] = [value for name, value in vars(all_mutators).items() if isinstance(value, type)]
    found = {}
    for unit in Slither(".").compilation_units:
        for contract in unit.contracts:
            path = Path(contract.source_mapping.filename.absolute)
            if contract.is_interface or not path.is_relative_to(SOURCES):
                continue
            for mutator in sorted(mutators, key=lambda kind: kind.NAME):
                made = mutator(unit, 0, "", "", contract, None, False, Path(), [])
                try:
                    patches = made._mutate().get("patches", {})
                except Exception as error:  # a mutator that fails on a contract makes none, as in Slither's command
                    print(f"{mutator.NAME} on {contract.name}: {error}", file=sys.stderr)
                    continue
                for file, changes in patches.items():
                    for change in changes:
                        where = str(Path(file).resolve().relative_to(SOURCES))
                        key = (where, change["start"], change["end"], change["new_string"])
                        found[key] = {
                            "file": where,
                            "start": change["start"],
                            "end": change["end"],
                            "old": change["old_string"],
                            "new": change["new_string"],
                            "line": change["line_number"],
                            "mutator": mutator.NAME,
                        }
    print(json.dumps([found[key] for key in sorted(found)]))


if __name__ == "__main__":
    main()
