"""Figures with words of other scripts: by a further font where there is one, owned up to where there is none."""

import io

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from earnest.simulations import fonts
from earnest.simulations.picture import picture


def figure_of(words: str) -> Figure:
    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1])
    # names of ticks are made when the figure is drawn
    axes.set_xticks([0, 1], [words, "plain"])
    return figure


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with nothing but what comes with matplotlib."""
    monkeypatch.setattr(fonts, "FURTHER", ())


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("words", "called"),
    [
        ("影评", "Chinese characters"),
        ("영화", "Korean"),
        ("えいが", "Japanese"),
        ("ภาพยนตร์", "Thai"),
        ("ok \N{CLAPPER BOARD}", "symbols such as emoji"),
        ("影评 영화", "Chinese characters and Korean"),
    ],
)
def test_signs_that_no_font_has_are_named_below_the_figure(words: str, called: str) -> None:
    figure = figure_of(words)
    made = picture(figure)
    (said,) = [text.get_text() for text in figure.texts]
    assert said == f"Boxes stand for {called}, which no font of this machine draws.\nThe tables have the words."
    # it stands below, so the picture is higher than the figure's three inches of a hundred points
    assert imread(io.BytesIO(made)).shape[0] > 300
    assert made.svg.startswith(b"<?xml")
    assert made.pdf.startswith(b"%PDF")


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("words", ["plain", "größer ≤ 5 €", "кино", "ταινία", "فيلم", "סרט", "two\nlines\u00a0here"])
def test_figure_whose_words_are_all_drawn_says_nothing(words: str) -> None:
    figure = figure_of(words)
    picture(figure)
    assert figure.texts == []


def test_further_font_that_is_there_is_asked_for_what_the_usual_one_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    # it comes with matplotlib, and has a sign for every one
    monkeypatch.setattr(fonts, "FURTHER", ("No such font", "Last Resort High-Efficiency"))
    assert fonts.families() == [fonts.USUAL, "Last Resort High-Efficiency"]
    figure = figure_of("影评")
    picture(figure)
    assert figure.texts == []
