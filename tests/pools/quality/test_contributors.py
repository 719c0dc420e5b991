"""What contributors' samples have in common."""

from earnest.pools.quality.contributors import Given, Habits, habits


def test_habits_of_each_contributor_are_told_whoever_gave_most_first():
    rows = [
        Given("b", 1, None, agrees=True, time=50),
        Given("a", 0, agreed=True, agrees=False, time=10),
        Given("a", 1, agreed=False, agrees=True, time=30),
        Given("a", 1, agreed=None, agrees=True, time=40),
        Given("a", 1, agreed=True, agrees=True, time=40),
    ]
    assert habits(rows) == [
        Habits("a", 4, agreed=2 / 3, agrees=0.75, seconds_between=10.0, labels={0: 1, 1: 3}),
        Habits("b", 1, agreed=None, agrees=1.0, seconds_between=None, labels={1: 1}),
    ]


def test_nobody_has_no_habits_at_all():
    assert habits([]) == []
