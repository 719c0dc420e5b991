"""Random scenarios: agents of every kind, prices, windows and steps that meet in many ways."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from earnest.simulations.scenario import AgentGroup, Scenario

#: Knobs of scikit-learn's tables of more than two classes.
TABLES: dict[str, dict[str, Any]] = {
    "digits": {"test_size": 200, "train_size": 360, "initial_share": 0.2, "shuffle_seed": 1},
    "iris": {"test_size": 40, "train_size": 109, "initial_share": 0.2, "shuffle_seed": 1},
    "wine": {"test_size": 60, "train_size": 118, "initial_share": 0.2, "shuffle_seed": 1},
}
#: Behaviours that are drawn from, always in this order, so that a new one changes no world.
KINDS = ("honest", "careless", "random", "flipper", "thief", "sleeper", "sybil", "flooder", "reporter")
#: Those that do more than label the next sample, in another world.
ATTACKS = ("camouflage", "echo", "copycat", "late", "burst", "whale", "fresh", "flash", "poisoner")
#: Knobs of the file that `forums` writes.
FORUMS: dict[str, Any] = {"test_size": 100, "train_size": 320, "initial_share": 0.1, "shuffle_seed": 1}


def forums(path: Path, topics: tuple[str, ...] = ("cars", "food", "music"), size: int = 450) -> None:
    """Write a CSV of texts, each of some topic's words more than of the others'."""
    rng = np.random.default_rng(4)
    lines = ["text,label"]
    for row in range(size):
        topic = int(rng.integers(len(topics)))
        words = [
            f"{topics[topic if rng.random() < 0.4 else rng.integers(len(topics))]}{rng.integers(8)}" for _ in range(9)
        ]
        lines.append(f"text {row} {' '.join(words)},{topics[topic]}")
    path.write_text("\n".join(lines))


def attacked_scenario(seed: int, num_words: int) -> Scenario:
    """A random scenario in which one group is honest and three attack; of nine in a row each attack is in three."""
    scenario = random_scenario(seed, num_words)
    honest = replace(scenario.agents[0], count=2, deposit_mean=60.0, start_balance=900)
    groups = [
        replace(
            honest,
            name=kind,
            behaviour=kind,
            start_balance=600,
            # at the highest price too
            deposit_mean=float(50 + 100 * (seed % 2)),
            wait_mean=honest.wait_mean * (1 + place),
            mistake_rate=0.05,
            lateness=0.3,
        )
        for place, kind in enumerate(ATTACKS[(seed + 3 * place) % len(ATTACKS)] for place in range(3))
    ]
    return scenario.with_knobs(agents=(honest, *groups))


def random_scenario(seed: int, num_words: int) -> Scenario:
    """The same number gives the same scenario."""
    rng = np.random.default_rng(seed)
    # one honest group, so that somebody is refunded, and up to three others
    kinds = ["honest", *rng.choice(KINDS, size=int(rng.integers(1, 4)), replace=False).tolist()]
    groups = []
    for place, kind in enumerate(kinds):
        count = int(rng.integers(1, 5))
        groups.append(
            AgentGroup(
                f"group{place}",
                kind,
                count,
                start_balance=int(rng.integers(40, 900)),
                deposit_mean=float(rng.integers(10, 60)),
                deposit_deviation=float(rng.integers(0, 9)),
                wait_mean=float(rng.integers(200, 1500) * count),
                wait_deviation=float(rng.integers(0, 200)),
                mistake_rate=float(rng.choice([0.0, 0.05, 0.4])),
                patience=int(rng.integers(0, 8)),
            )
        )
    fixed = bool(rng.integers(0, 3) == 0)
    refund_wait = int(rng.integers(600, 20_000))
    # drawn apart, so that the other knobs of a number stay what they were
    safe = np.random.default_rng((seed, 1))
    head_start = int(safe.choice([0, 600, 10_000]))
    return Scenario(
        f"random{seed}",
        tuple(groups),
        num_words=num_words,
        train_size=320,
        initial_share=0.0625,
        eta0=int(rng.choice([1, 1, 3, 40])),
        tau=int(rng.choice([0, 0, 30])),
        price="fixed" if fixed else "decaying",
        weight=int(rng.integers(1, 9)),
        cost=int(rng.integers(1, 9)),
        step=int(rng.integers(1, 3)),
        refund_wait=refund_wait,
        collect_wait=refund_wait + head_start + int(rng.integers(600, 60_000)),
        head_start=head_start,
        safeguards=str(safe.choice(["none", "guard", "all"])),
        leftover=str(rng.choice(["anyone", "burn"])),
        units_per_coin=int(rng.choice([1, 7, 1_000_000_000])),
        first_evaluation=1000,
        evaluation_interval=20_000,
        series_interval=50_000,
        max_days=12,
    )
