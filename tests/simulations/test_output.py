"""Result files and the figure."""

import errno
import tempfile
from pathlib import Path
from typing import Any

import matplotlib.image
import pyarrow.parquet as pq
import pytest

from earnest.simulations import measures, output, plot, run
from earnest.simulations.errors import OutputError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task


def test_folder_that_cannot_be_made_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written to"):
        output.prepare_folder(tmp_path / "file" / "out")


def test_full_disk_leaves_the_earlier_files_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output.write(tmp_path, {"a": b"old", "b": b"old"})
    made = tempfile.NamedTemporaryFile
    count = 0

    def fail_at_the_second(*args: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return made(*args, **options)

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", fail_at_the_second)
    with pytest.raises(OutputError, match="No space left on device"):
        output.write(tmp_path, {"a": b"new", "b": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old", "b": b"old"}


def test_files_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    output.write(tmp_path, {"a": b"old"})
    output.write(tmp_path, {"a": b"new"})
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_column_of_nothing_but_none_is_a_number(tmp_path: Path) -> None:
    output.write(tmp_path, {"rows": output.parquet([{"seed": 1, "depletion_day": None}])})
    table = pq.read_table(tmp_path / "rows")
    assert str(table.schema.field("depletion_day").type) == "double"
    assert table.to_pylist() == [{"seed": 1, "depletion_day": None}]


def test_figure_is_a_picture_of_the_run(scenario: Scenario, task: Task, tmp_path: Path) -> None:
    outcome = run.simulate(scenario, task, 1)
    row, series = measures.row_of(scenario, task, 1, outcome), measures.series_of(scenario, 1, outcome)
    output.write(tmp_path, {"run.png": plot.draw(scenario, row, series)})
    assert matplotlib.image.imread(tmp_path / "run.png").shape[:2] == (810, 1350)
