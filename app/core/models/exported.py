"""A pool's model outside of its pool: a JSON document, and an estimator that takes what people have, such as texts."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from earnest.core.encoders.encoder import Encoder
from earnest.core.encoders.registry import read as read_encoder
from earnest.core.errors import CoreError, JsonInvalid
from earnest.core.models.model import Model
from earnest.core.models.registry import by_id
from earnest.core.strict_json import parse

#: What a document says that it is, and the largest that is read, in bytes.
FORMAT, MAX_DOCUMENT = "earnest-model/1", 256 * 2**20


class ExportInvalid(CoreError):
    """A document that holds no model, or another one than it says."""


def document(model: Model, encoder: Encoder, where: Mapping[str, Any]) -> dict[str, Any]:
    """A model and its encoder as JSON.

    Args:
        model: the model.
        encoder: makes samples for it.
        where: which pool it is from, and of which block.
    """
    return {
        "format": FORMAT,
        **where,
        "model": type(model).MODEL_ID,
        "parameters": list(model.parameters),
        "classes": model.class_count,
        "accepted": model.accepted_,
        "digest": "0x" + model.digest().hex(),
        "weights": np.asarray(model.weights_).tolist(),
        "state": base64.b64encode(model.to_bytes()).decode(),
        "encoder_hash": "0x" + encoder.hash.hex(),
        "encoder": base64.b64encode(encoder.to_bytes()).decode(),
    }


class PoolModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A pool's model as an estimator of scikit-learn, fitted; it needs neither the service nor the chain.

    Samples are texts, or each a sequence of features.

    Args:
        exported: the document.

    Raises:
        ExportInvalid: the document is damaged, or its model is none that is known here.
    """

    def __init__(self, exported: Mapping[str, Any]) -> None:
        self.exported = exported
        try:
            if exported["format"] != FORMAT:
                raise ExportInvalid(f"The document is no {FORMAT}.")
            kind = by_id(exported["model"])
            model = kind.from_bytes(base64.b64decode(exported["state"], validate=True))
            digest = "0x" + model.digest().hex()
            encoder = read_encoder(
                base64.b64decode(exported["encoder"], validate=True), bytes.fromhex(exported["encoder_hash"][2:])
            )
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise ExportInvalid(f"The document holds no model: {error}.") from None
        if digest != exported["digest"] or list(map(int, np.asarray(model.weights_))) != exported["weights"]:
            raise ExportInvalid(f"The document's weights have the digest {digest}, and it says another one.")
        self.model_, self.encoder_ = model, encoder
        self.classes_ = np.arange(model.class_count)

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from samples in their order, as the pool would from contributions; (n,) samples and labels."""
        for given, label in zip(X, y, strict=True):
            self.model_.learn_one(self._sample(given), int(label))
        return self

    def decision_function(self, X: Sequence[Any]) -> NDArray[np.int64]:
        """Scores, (n,); between two classes one above 0 is class 1."""
        return np.array([self.model_.predict_one(self._sample(given))[1] for given in X], dtype=np.int64)

    def predict(self, X: Sequence[Any]) -> NDArray[np.int64]:
        """Classes, (n,)."""
        return np.array([self.model_.predict_one(self._sample(given))[0] for given in X], dtype=np.int64)

    def _sample(self, given: Any) -> NDArray[Any]:
        text, features = (given, None) if isinstance(given, str) else (None, list(given))
        return self.model_.format.from_input(self.encoder_, text, features)


def load_model(path: str | Path) -> PoolModel:
    """The estimator of an exported file.

    Raises:
        ExportInvalid: it holds no model.
        OSError: it cannot be read.
    """
    path = Path(path)
    if path.stat().st_size > MAX_DOCUMENT:
        raise ExportInvalid(f"{path.name} has more than {MAX_DOCUMENT:,} bytes.")
    try:
        found = parse(path.read_bytes(), max_bytes=MAX_DOCUMENT)
    except JsonInvalid as error:
        raise ExportInvalid(f"{path.name} holds no model: {error}") from None
    if not isinstance(found, dict):
        raise ExportInvalid(f"{path.name} holds no model.")
    return PoolModel(found)
