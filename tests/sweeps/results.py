"""A sweep's rows as its report leaves them for the page, of figures that are nobody's."""

import json
import math
import random
from pathlib import Path
from typing import Any

WORDS, PRICES = (100, 200, 400, 1000), (5, 10, 25)


def view(
    words: tuple[int, ...] = WORDS, prices: tuple[int, ...] = PRICES, seeds: int = 5, shift: float = 0.0
) -> dict[str, Any]:
    """What is in the file: accuracy grows with words and price, and harmful agents last 600 days over the price."""
    draw = random.Random(1)
    points = [
        (word, price, seed) for word in range(len(words)) for price in range(len(prices)) for seed in range(seeds)
    ]
    noise = [draw.gauss(0, 0.004) for _ in points]
    accuracy = [
        0.6 + 0.05 * math.log(words[word]) / math.log(10) + 0.01 * price + noise[place] - shift
        for place, (word, price, _) in enumerate(points)
    ]
    days = [600 / prices[price] + seed for _, price, seed in points]
    names = {"depletion_day": "day of depletion", "final_accuracy": "final accuracy"}
    return {
        "format": 1,
        "about": "Made-up texts.",
        "axes": [
            {"column": "num_words", "label": "number of words", "unit": "", "numeric": True, "levels": list(words)},
            {"column": "price", "label": "price", "unit": "coins", "numeric": True, "levels": list(prices)},
        ],
        "measures": [
            {"column": column, "label": names[column], "unit": "", "meaning": "", "low": 0, "high": high,
             "event": column == "depletion_day", "first": True}
            for column, high in (("final_accuracy", 1), ("depletion_day", None))
        ],
        "published": [
            {"source": "published", "measure": "final_accuracy", "mean": 0.7863, "spread": 0.0015, "runs": 6,
             "levels": {"num_words": len(words) - 1, "price": 1}},
        ],
        "findings": ["One.", "Two.", "Three.", "Four."],
        "runs": list(range(len(points))),
        "seeds": [seed for _, _, seed in points],
        "days": [100.0] * len(points),
        "levels": {"num_words": [word for word, _, _ in points], "price": [price for _, price, _ in points]},
        "values": {"final_accuracy": accuracy, "depletion_day": [day if day < 100 else None for day in days]},
    }  # fmt: skip


def write_view(path: Path, **given: Any) -> Path:
    """The file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(view(**given)))
    return path
