"""What the benchmarks share."""

from collections.abc import Callable

import pytest


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure although pytest catches what is printed."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}", end="")

    return show
