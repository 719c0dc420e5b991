"""Texts about the weather, made up: fine or foul."""

import hashlib
import random

from earnest import DataSet
from earnest.data.dataset import Dataset
from earnest.data.recipe import TEXT, Loaded, Wanted

SIZE, SEED = 1_000, 7
CLASSES = ("foul", "fine")
_COMMON = ("the", "a", "day", "week", "morning", "evening", "was", "and", "in", "our", "valley", "again", "very")
_FINE = ("sunny", "warm", "calm", "bright", "mild", "clear")
_FOUL = ("rainy", "stormy", "cold", "grey", "windy", "foggy")


def checksum(wanted: Wanted) -> str:
    """Of what all texts follow from."""
    return hashlib.sha256(f"weather 1 {SIZE} {SEED}".encode()).hexdigest()


def load(wanted: Wanted) -> Loaded:
    """Draw the texts; label 1 is fine."""
    draw = random.Random(SEED)
    texts, labels = [], []
    for number in range(SIZE):
        label = number % 2
        own = draw.choices(_FINE if label else _FOUL, k=3) + draw.choices(_FINE + _FOUL, k=1)
        words = own + draw.choices(_COMMON, k=6) + [f"n{number}"]
        draw.shuffle(words)
        texts.append(" ".join(words))
        labels.append(label)
    return Loaded(Dataset.make("weather", texts, labels, CLASSES))


WEATHER = DataSet(
    name="weather",
    words="Made-up reports of fine and foul weather.",
    source="Drawn by this program; no rights reserved.",
    gives=TEXT,
    checksum=checksum,
    load=load,
    class_names=CLASSES,
)
