"""How a conformance suite says what is wrong."""


def require(holds: object, otherwise: str) -> None:
    """Raise `AssertionError` with this sentence unless something holds; unlike `assert`, under `python -O` too."""
    if not holds:
        raise AssertionError(otherwise)
