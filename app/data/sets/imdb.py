"""The 25,000 + 25,000 film reviews of the published experiments, in the order of `keras.datasets.imdb`."""

from pathlib import Path

from earnest.core.errors import DatasetError
from earnest.data import imdb_archive, paper
from earnest.data.address import is_address
from earnest.data.cache import ArrayCache
from earnest.data.features import Features
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted

NAME = imdb_archive.ID


def checksum(wanted: Wanted) -> str:
    """Of the archive."""
    return paper.checksum(_archive(wanted))


def load(wanted: Wanted) -> Loaded:
    """The reviews of the official archive."""
    return Loaded(*imdb_archive.load(_archive(wanted)))


def features(wanted: Wanted) -> tuple[Features, Features]:
    """Their words, from the archive or from a file that holds them."""
    words = wanted.num_words
    if wanted.cache is None:
        train, test = paper.made_features(_archive(wanted), words)
    else:
        train, test = paper.load_features(_archive(wanted), words, wanted.cache)
    return train.with_fewer_words(words), test.with_fewer_words(words)


def require(wanted: Wanted) -> Path:
    """The archive's path, where there is a file, or its address."""
    given = wanted.sources.archive
    if given is None:
        raise DatasetError(
            "No IMDB archive is given: pass --archive or set EARNEST_IMDB_ARCHIVE to the path or address of "
            "aclImdb_v1.tar.gz (Large Movie Review Dataset v1.0, Maas and others 2011)."
        )
    if not is_address(given) and not given.is_file():
        raise DatasetError(
            f"There is no archive at {given}: give --archive, or EARNEST_IMDB_ARCHIVE, the path or address of "
            "aclImdb_v1.tar.gz."
        )
    return given


def _archive(wanted: Wanted) -> Path:
    given = require(wanted)
    if not is_address(given):
        return given
    if wanted.cache is None:
        raise DatasetError(f"The IMDB archive is at {given}, and there is no folder to keep it in: give a path.")
    # an extra brings what downloading needs; a path goes without
    from earnest.data.download import local_copy

    return local_copy(given, downloads(wanted.cache))


def downloads(cache: ArrayCache) -> Path:
    """The folder of what was downloaded, beside the one of what was made."""
    return cache.folder.parent / "downloads"


DATA_SETS = (
    DataSet(
        NAME,
        "50,000 film reviews, half of them positive; 25,000 to learn from and 25,000 to test on, in Keras' order.",
        "Maas et al. 2011, Large Movie Review Dataset v1.0, https://ai.stanford.edu/~amaas/data/sentiment/ "
        "(research use, cite the paper).",
        TEXT,
        checksum,
        load,
        features,
        class_names=imdb_archive.CLASSES,
        has_order=True,
        has_test=True,
        needs="archive",
        require=require,
    ),
)
