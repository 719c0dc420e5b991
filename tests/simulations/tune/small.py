"""A study of a second: two groups on made-up samples."""

from typing import Any


def table() -> dict[str, Any]:
    """The study's table, as TOML has it."""
    group = {
        "start_balance": 500,
        "deposit_mean": 100.0,
        "deposit_deviation": 3.0,
        "wait_mean": 1800.0,
        "wait_deviation": 60.0,
    }
    world = {
        "description": "small",
        "dataset": "synthetic",
        "num_words": 60,
        "sample_words": 20,
        "train_size": 400,
        "initial_share": 0.3,
        "test_size": 200,
        "max_days": 20,
        "evaluation_interval": 86400,
        "series_interval": 86400,
        "incentive": "sealed-assessment",
        "agents": [
            group | {"name": "good", "behaviour": "honest", "count": 2},
            group | {"name": "bad", "behaviour": "flipper", "count": 1},
        ],
    }
    return {
        "description": "Whether a search finds anything.",
        "trials": 8,
        "sampler_seed": 1,
        "seeds": [1, 2],
        "chosen_on": {"shuffle_seed": 1},
        "reported_on": [{"shuffle_seed": 2}],
        "search": {"rate": {"low": 1, "high": 200}, "most_standing": {"low": 10, "high": 60, "log": True}},
        "worlds": {"here": world},
        "objectives": [
            {"world": "here", "measure": "final_accuracy", "goal": "maximize"},
            {"world": "here", "measure": "honest_loss_share", "goal": "minimize"},
        ],
        "bars": [{"world": "here", "measure": "final_accuracy", "goal": "maximize", "bar": 0.5}],
    }
