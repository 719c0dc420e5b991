"""What a data set is: a recipe that says what it is, where it is from, and how it is read.

Pools, scenarios, sweeps and commands ask the recipe; none of them knows a data set by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from earnest.core.errors import DatasetError
from earnest.core.models.formats.sample_format import NUMBERS, TEXT
from earnest.core.parameters import Parameter
from earnest.data.cache import ArrayCache
from earnest.data.dataset import Dataset
from earnest.data.features import Features
from earnest.data.table import NumberTable

__all__ = ["NUMBERS", "TEXT", "DataSet", "Loaded", "Part", "Sources", "Wanted", "own_data"]

#: Labelled texts, or a table.
Part = Dataset | NumberTable


class Sources(NamedTuple):
    """Where data sets are found that nobody can carry along.

    Attributes:
        archive: the official IMDB archive, a file of ready features (`.npz`), or Keras' `imdb.npz`; or the address of
            one, see `earnest.data.download`.
        data: a file or a folder of the caller's own: CSV, Parquet, the SpamAssassin folder, or what a guest reads.
    """

    archive: Path | None = None
    data: Path | None = None


class Wanted(NamedTuple):
    """What somebody wants of a data set.

    Attributes:
        sources: where files are.
        values: of the data set's knobs, each of them.
        cache: where what took long to make is kept; None to make it anew.
        num_words: of the encoder that samples are made with; 0 where it is not known yet.
        train_size: samples to learn from and to contribute, for data that are made as they are needed.
        held_out: samples to measure by, for the same.
    """

    sources: Sources = Sources()
    values: Mapping[str, Any] = MappingProxyType({})
    cache: ArrayCache | None = None
    num_words: int = 0
    train_size: int = 0
    held_out: int = 0


class Loaded(NamedTuple):
    """What was read.

    Attributes:
        train: all samples, or those to learn from where there is a test set.
        test: the data set's own test set.
    """

    train: Part
    test: Part | None = None


@dataclass(frozen=True)
class DataSet:
    """A recipe.

    Attributes:
        name: as people choose it: lower-case words joined by hyphens.
        words: what it is, in a sentence.
        source: where it is from, whom to cite, and its licence.
        gives: `TEXT` or `NUMBERS`, as formats of samples take them.
        checksum: hex digest that changes whenever the samples do, without reading more than it needs; raises
            `DatasetError` where they are missing, in a sentence that says what to do.
        load: reads it; raises `DatasetError` where it is missing or damaged. The same files and knobs give the same
            samples in the same order. None for samples that are ready and were never texts.
        features: ready samples of words, training and test part, for scenarios; None to encode what `load` gives.
        classes: how many there are; None where only the file says so. Labels are 0 to one less.
        class_names: what they are called, class 0 first; none where only the samples or the file say so.
        has_order: whether its order is its own; otherwise samples are shuffled, and repeated texts dropped.
        has_test: whether it has a test set of its own.
        needs: "archive" or "data", of `Sources`; nothing for what comes along.
        require: looks whether the data are there, for those whose checksum or loading takes longer than somebody waits
            for an answer; raises `DatasetError`. None where reading takes a second.
        knobs: what can be set of it.
        encoder: by which scenarios encode its texts, unless its knobs say another one; the published experiments' by
            default, so that what was measured once stays what it was.
    """

    name: str
    words: str
    source: str
    gives: str
    checksum: Callable[[Wanted], str]
    load: Callable[[Wanted], Loaded] | None = None
    features: Callable[[Wanted], tuple[Features, Features]] | None = None
    classes: int | None = 2
    class_names: tuple[str, ...] = ()
    has_order: bool = False
    has_test: bool = False
    needs: Literal["", "archive", "data"] = ""
    require: Callable[[Wanted], object] | None = None
    knobs: tuple[Parameter, ...] = ()
    encoder: str = "keras-imdb"

    def wanted(self, wanted: Wanted) -> Wanted:
        """The same with the defaults of the knobs that it does not set."""
        return wanted._replace(values={knob.name: knob.default for knob in self.knobs} | dict(wanted.values))

    def read(self, wanted: Wanted) -> Loaded:
        """All samples as texts or as numbers.

        Raises:
            DatasetError: they are missing or damaged, or were never texts.
        """
        if self.load is None:
            raise DatasetError(f"The data set {self.name} holds ready samples and no texts: it is for scenarios only.")
        return self.load(self.wanted(wanted))


def own_data(wanted: Wanted, name: str, what: str) -> Path:
    """The caller's own file or folder.

    Args:
        wanted: says where.
        name: of the data set.
        what: has to be there.

    Raises:
        DatasetError: none is given, or there is none.
    """
    path = wanted.sources.data
    if path is None or not path.exists():
        found = "none is given" if path is None else f"there is none at {path}"
        raise DatasetError(f"The data set {name} needs a {what}, and {found}: pass --data PATH.")
    return path
