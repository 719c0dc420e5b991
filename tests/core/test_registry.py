"""What is registered by name, and what becomes of guests that are not what they have to be."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.core.registry import GuestRefused, NotRegistered, Registry

GROUP = "earnest.tests.numbers"


def _check(name: str, thing: int) -> None:
    if not isinstance(thing, int):
        raise GuestRefused(f"it must be a number, not {thing!r}.")


def _numbers() -> Registry[int]:
    registry: Registry[int] = Registry("number", GROUP, _check)
    registry.register("one", 1)
    registry.register("two", 2)
    return registry


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of somebody else's with good and bad guests."""
    (tmp_path / "someones_numbers.py").write_text("three = 3\nword = 'four'\none = 11\n")
    (tmp_path / "someones_accident.py").write_text("1 / 0\n")
    info = tmp_path / "someones_numbers-1.5.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: someones-numbers\nVersion: 1.5\n")
    points = {
        "three": "someones_numbers:three", "word": "someones_numbers:word", "one": "someones_numbers:one",
        "accident": "someones_accident:five", "absent": "someones_numbers:six", "Bad Name": "someones_numbers:three",
    }  # fmt: skip
    listed = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{listed}")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("someones_numbers", None)


def test_unknown_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(NotRegistered, match="There is no number 'ten'; there are one, two"):
        _numbers()["ten"]


def test_register_refuses_what_fails_the_check() -> None:
    with pytest.raises(GuestRefused, match="must be a number"):
        _numbers().register("word", "three")  # type: ignore[arg-type]


def test_register_refuses_a_name_twice() -> None:
    with pytest.raises(GuestRefused, match="there is a number 'one' already"):
        _numbers().register("one", 1)


@pytest.mark.parametrize("name", ["", "One", "one two", "-one", "one-", "one_two", "1one", "ein\u00e4"])
def test_register_refuses_names_that_are_no_names(name: str) -> None:
    with pytest.raises(GuestRefused, match="lower-case words joined by hyphens"):
        _numbers().register(name, 1)


@pytest.mark.usefixtures("installed")
def test_guest_comes_after_ours_with_package_and_version() -> None:
    registry = _numbers()
    assert list(registry) == ["one", "two", "three"]
    assert registry["three"] == 3
    assert registry.number("three") == 2
    assert registry.provenance("three") == ("someones-numbers", "1.5")
    assert registry.provenance("one").package == "earnest"
    assert registry.guests() == ("three",)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("word", "The number 'word' of the package someones-numbers 1.5 is refused: it must be a number"),
        ("accident", r"'accident' of the package someones-numbers 1.5 cannot be loaded \(ZeroDivisionError"),
        ("absent", r"'absent' of the package someones-numbers 1.5 cannot be loaded \(AttributeError"),
        ("Bad Name", "'Bad Name' of the package someones-numbers 1.5 is refused: its name must be"),
    ],
)
def test_broken_guest_is_refused_in_a_sentence_that_names_it(name: str, sentence: str) -> None:
    registry = _numbers()
    with pytest.raises(NotRegistered, match=sentence):
        registry[name]
    assert name not in registry
    assert registry["one"] == 1


@pytest.mark.usefixtures("installed")
def test_guest_never_takes_the_place_of_ours() -> None:
    registry = _numbers()
    assert registry["one"] == 1
    assert "someones-numbers:one" in registry.refused()


@pytest.mark.usefixtures("installed")
def test_guests_sources_tell_an_edited_guest_apart(tmp_path: Path) -> None:
    registry = _numbers()
    before = registry.sources()
    assert set(before) == {"three"}
    assert registry.sources() == before
    (tmp_path / "someones_numbers.py").write_text("three = 3\none = 12\nword = 'four'\n")
    assert registry.sources()["three"] != before["three"]
