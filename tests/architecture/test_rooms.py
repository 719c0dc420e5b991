"""The tests mirror the rooms: whoever changes a room finds what holds it in the folder of its name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def rooms(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if (path / "__init__.py").is_file())


@pytest.mark.parametrize("room", rooms(ROOT / "app"))
def test_room_of_the_service_has_tests(room: str) -> None:
    assert list((ROOT / "tests" / room).rglob("test_*.py"))


@pytest.mark.parametrize("room", ["agents", "engine", "measures", "report", "scenario", "sweep"])
def test_room_of_the_simulations_has_tests(room: str) -> None:
    assert room in rooms(ROOT / "simulations")
    assert list((ROOT / "tests" / "simulations" / room).rglob("test_*.py"))
