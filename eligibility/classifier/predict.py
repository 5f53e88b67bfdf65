"""The door of the classifier: titles in, predictions out, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier import cache
from eligibility.classifier.calibration import FORCED, forced_sums
from eligibility.classifier.errors import ModelMissing
from eligibility.classifier.live import forget as forget_live
from eligibility.classifier.live import live_model
from eligibility.classifier.model import Model
from eligibility.classifier.neighbours import N_SHOWN, Neighbour
from eligibility.classifier.prediction import N_TOP, Prediction
from eligibility.description import claims
from eligibility.encoder import EncoderMissing, encode
from eligibility.taxonomy import STATUSES, UNKNOWN
from eligibility.text import normalise
from eligibility.words import says_something

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


def classify(items: Sequence[TitleItem], *, use_cache: bool = True) -> list[Prediction]:
    """One prediction per item, in the same order; an item's prediction does not depend on the others."""
    return classify_with(live_model(), items, use_cache=use_cache)


def classify_with(model: Model, items: Sequence[TitleItem], *, use_cache: bool = True) -> list[Prediction]:
    """The same by any model, such as one that is tried in shadow."""
    texts = [text_of(item) for item in items]
    known = cache.recall(model, texts) if use_cache else {}
    fresh = [text for text in dict.fromkeys(texts) if text not in known]
    if fresh:
        made = dict(zip(fresh, _predict(model, fresh), strict=True))
        known.update(made)
        if use_cache:
            cache.remember(model, made)
    return [known[text] for text in texts]


def neighbours_of(prediction: Prediction, count: int = N_SHOWN) -> list[Neighbour]:
    """The training titles nearest to what was judged, the nearest first; none where the model keeps none or is another."""
    model = live_model()
    if model.neighbours is None or prediction.model_version != model.version:
        return []
    return model.neighbours.nearest(prediction.sketch, model.codes, count)


def model_version() -> str:
    """The version of the model that this process uses."""
    return live_model().version


def forget() -> None:
    """Drop the loaded model and this process's cache, so that the next call starts anew."""
    forget_live()
    cache.forget()


def text_of(item: TitleItem) -> str:
    """What of an item is read: its normalised title, then what its description's label claims.

    The shop's own words for category and description are read in full only where the title is very short: they praise.
    """
    text = normalise(item.title, item.brand)
    if len(text.split()) < SHORT_TITLE_WORDS:
        hints = [normalise(hint)[:HINT_CHARS] for hint in (item.category, item.description) if hint]
        text = " ".join([text, *hints]).strip()
    claimed = claims(item.description) if item.description else ""
    return f"{text} {claimed}" if claimed and claimed not in text.lower() else text


def _predict(model: Model, texts: Sequence[str]) -> list[Prediction]:
    try:
        embeddings = encode(texts)
    except EncoderMissing as error:
        raise ModelMissing(str(error)) from error  # to a caller, one thing is not in place
    probabilities = model.probabilities(texts, embeddings)
    statuses = [category.status for category in model.categories]
    forced = forced_sums(probabilities, statuses)
    sketches = [row.tobytes() for row in model.neighbours.sketch(embeddings)] if model.neighbours else [b""] * len(texts)
    return [_prediction(model, *parts) for parts in zip(texts, probabilities, forced, sketches, strict=True)]


def _prediction(model: Model, text: str, row: NDArray[np.float64], sums: NDArray[np.float64], sketch: bytes) -> Prediction:
    calibration = model.calibration
    per_status = dict.fromkeys(STATUSES, 0.0)
    for category, probability in zip(model.categories, row, strict=True):
        per_status[category.status] += float(probability)
    choice = FORCED[int(sums.argmax())]
    confidence = calibration.confidence(choice, float(sums.max()))
    is_sure = confidence >= calibration.thresholds[choice] and says_something(text)
    forced = "rx" if choice == "eligible" and per_status["rx"] > per_status["eligible"] else choice
    best = max((p, -at) for at, p in enumerate(row) if model.categories[at].status == forced)
    likeliest = np.argsort(-row, kind="stable")[:N_TOP]
    return Prediction(
        status=forced if is_sure else UNKNOWN,
        forced_status=forced,
        category=model.categories[-best[1]].code,
        confidence=round(confidence, 4),
        probabilities={status: round(value, 4) for status, value in per_status.items()},
        model_version=model.version,
        above_threshold=is_sure,
        top=tuple((model.categories[at].code, round(float(row[at]), 4)) for at in likeliest),
        sketch=sketch,
    )
