"""How many commands were given to a contract and its twin and compared, by verb and outcome."""

from collections import Counter

COMPARED: Counter[tuple[str, str]] = Counter()


def summary() -> list[str]:
    """Lines for the end of a test run; empty when nothing was compared."""
    if not COMPARED:
        return []
    total = COMPARED.total()
    refused = sum(count for (_, name), count in COMPARED.items() if name != "done")
    lines = [f"{total:,} commands compared between contract and twin, {refused:,} of them refused"]
    for verb in sorted({verb for verb, _ in COMPARED}):
        outcomes = sorted(((name, count) for (v, name), count in COMPARED.items() if v == verb), key=lambda o: -o[1])
        lines.append(f"  {verb}: " + ", ".join(f"{name} {count:,}" for name, count in outcomes))
    return lines
