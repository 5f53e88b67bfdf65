"""The door of the classifier: titles in, predictions out, in the same order."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, forced_sums
from eligibility.classifier.errors import ModelMissing
from eligibility.classifier.model import MODEL_DIR, Model, load_model
from eligibility.encoder import EncoderMissing, encode
from eligibility.taxonomy import STATUSES, UNKNOWN, taxonomy
from eligibility.text import normalise

CACHE_SIZE = 50_000  # predictions, about 1 kB each
SHORT_TITLE_WORDS = 3  # below this the shop's own category and description help more than they mislead
HINT_CHARS = 60


@dataclass(frozen=True, slots=True)
class TitleItem:
    """What a shop says about a product. Only the title is needed."""

    title: str
    brand: str = ""
    category: str = ""
    description: str = ""
    price_cents: int | None = None  # accepted for the caller's convenience; prices say nothing about medical care


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model makes of one title.

    status: `eligible`, `rx`, `letter`, `not_eligible`, or `unknown` below the status' threshold.
    forced_status: the status without a threshold. confidence: 0 to 1, calibrated probability that it is right.
    probabilities: per status, the sum over its categories, 0 to 1.
    """

    status: str
    forced_status: str
    category: str  # taxonomy code, of the forced status
    confidence: float
    probabilities: Mapping[str, float]
    model_version: str
    above_threshold: bool


_lock = threading.Lock()
_model: Model | None = None
_cache: OrderedDict[tuple[str, str], Prediction] = OrderedDict()


def classify(items: Sequence[TitleItem], *, use_cache: bool = True) -> list[Prediction]:
    """One prediction per item, in the same order; an item's prediction does not depend on the others."""
    model = _shared_model()
    texts = [_text(item) for item in items]
    known = _remembered(model.version, texts) if use_cache else {}
    fresh = [text for text in dict.fromkeys(texts) if text not in known]
    if fresh:
        made = dict(zip(fresh, _predict(model, fresh), strict=True))
        known.update(made)
        if use_cache:
            _remember(model.version, made)
    return [known[text] for text in texts]


def model_version() -> str:
    """The version of the model that this process uses."""
    return _shared_model().version


def forget() -> None:
    """Drop the loaded model and the cache, so that the next call reads the model folder again."""
    global _model
    with _lock:
        _model = None
        _cache.clear()


def _shared_model() -> Model:
    global _model
    if _model is None:
        with _lock:
            if _model is None:
                _model = load_model(MODEL_DIR, taxonomy())
    return _model


def _text(item: TitleItem) -> str:
    text = normalise(item.title, item.brand)
    if len(text.split()) < SHORT_TITLE_WORDS:
        hints = [normalise(hint)[:HINT_CHARS] for hint in (item.category, item.description) if hint]
        text = " ".join([text, *hints]).strip()
    return text


def _predict(model: Model, texts: Sequence[str]) -> list[Prediction]:
    try:
        embeddings = encode(texts)
    except EncoderMissing as error:
        raise ModelMissing(str(error)) from error  # to a caller, one thing is not in place
    probabilities = model.probabilities(texts, embeddings)
    statuses = [category.status for category in model.categories]
    forced = forced_sums(probabilities, statuses)
    return [_prediction(model, row, sums) for row, sums in zip(probabilities, forced, strict=True)]


def _prediction(model: Model, row: NDArray[np.float64], sums: NDArray[np.float64]) -> Prediction:
    calibration = model.calibration
    per_status = dict.fromkeys(STATUSES, 0.0)
    for category, probability in zip(model.categories, row, strict=True):
        per_status[category.status] += float(probability)
    choice = FORCED[int(sums.argmax())]
    confidence = calibration.confidence(choice, float(sums.max()))
    is_sure = confidence >= calibration.thresholds[choice]
    forced = "rx" if choice == "eligible" and per_status["rx"] > per_status["eligible"] else choice
    best = max((p, -at) for at, p in enumerate(row) if model.categories[at].status == forced)
    return Prediction(
        status=forced if is_sure else UNKNOWN,
        forced_status=forced,
        category=model.categories[-best[1]].code,
        confidence=round(confidence, 4),
        probabilities={status: round(value, 4) for status, value in per_status.items()},
        model_version=model.version,
        above_threshold=is_sure,
    )


def _remembered(version: str, texts: Sequence[str]) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    with _lock:
        for text in texts:
            if (prediction := _cache.get((version, text))) is not None:
                _cache.move_to_end((version, text))
                found[text] = prediction
    return found


def _remember(version: str, made: Mapping[str, Prediction]) -> None:
    with _lock:
        for text, prediction in made.items():
            _cache[version, text] = prediction
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
