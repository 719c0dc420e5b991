"""What is in memory while contributions are exported is a page of them, however many there are."""

import tracemalloc
from collections.abc import Iterator, Sequence

import pytest

from earnest.exports.formats import COLUMNS, FORMATS, Row


def pages(count: int) -> Iterator[Sequence[Row]]:
    for page in range(count):
        yield [
            dict.fromkeys(COLUMNS) | {"index": page * 1_000 + n, "features": [n, page], "text": f"text {page} {n}"}
            for n in range(1_000)
        ]


def peak(name: str, count: int) -> tuple[int, int]:
    """Bytes at most in memory, and bytes written."""
    tracemalloc.start()
    written = sum(map(len, FORMATS[name].write(pages(count))))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, written


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_ten_times_as_many_rows_take_no_more_memory(name):
    peak(name, 1)
    (few, short), (many, long) = peak(name, 5), peak(name, 50)
    assert long > 8 * short
    assert many < 1.3 * few + 200_000
