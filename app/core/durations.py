"""How a wait reads."""


def duration(seconds: int) -> str:
    """A wait in the largest unit that divides it."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
