"""Everything behind one verdict: what each kind of evidence says, also where a stronger one decided."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.utils import timezone

from eligibility.classifier import ModelBroken, ModelMissing, Prediction, TitleItem, classify, neighbours_of
from eligibility.classifier.live import live_model
from eligibility.classifier.neighbours import Neighbour
from eligibility.classifier.predict import text_of
from eligibility.decision import Decision, Item
from eligibility.explain import found_cues
from eligibility.gtin import gtin_readings
from eligibility.guards import Guard, guard_for
from eligibility.models import ListItem, Review
from eligibility.selectors import item_key, list_hits, newest_reviews
from eligibility.services.decide import decide
from eligibility.text import normalise
from merchants.models import Merchant

T = TypeVar("T")
N_NEIGHBOURS = 5


@dataclass(slots=True)
class Behind:
    """timings: (what was done, milliseconds). threshold: the confidence from which the classifier's word is taken."""

    decision: Decision
    text: str
    guard: Guard | None
    list_item: ListItem | None
    review: Review | None
    prediction: Prediction | None  # None where there is no model, and stronger evidence decided
    threshold: float
    cues: tuple[str, ...]
    neighbours: list[Neighbour]
    timings: list[tuple[str, float]] = field(default_factory=list)


class Stopwatch:
    def __init__(self) -> None:
        self.timings: list[tuple[str, float]] = []

    def timed(self, what: str, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        done = work()
        self.timings.append((what, (time.perf_counter() - started) * 1_000))
        return done


def behind(item: Item, merchant: Merchant) -> Behind:
    """Judge the item as a sale would, and ask each kind of evidence by itself. Keeps nothing. Raises ClassifierUnavailable."""
    watch, codes = Stopwatch(), gtin_readings(item.gtin)
    title = TitleItem(title=item.title, brand=item.brand, category=item.category, description=item.description)
    text = watch.timed("Clean the title", lambda: text_of(title))
    hits = watch.timed("Look at the lists", lambda: list_hits(codes, timezone.now()))
    reviews = watch.timed("Look at reviews", lambda: newest_reviews(merchant, [item_key(item)]))
    guard = watch.timed("Ask the rules", lambda: guard_for(normalise(item.title, item.brand)))
    prediction, near, threshold = _classified(title, watch)
    [decision] = watch.timed("Decide, as a sale does", lambda: decide([item], merchant))
    return Behind(
        decision=decision, text=text, guard=guard, list_item=next(iter(hits.values()), None),
        review=next(iter(reviews.values()), None), prediction=prediction, threshold=threshold,
        cues=found_cues(text), neighbours=near, timings=watch.timings,
    )  # fmt: skip


def _classified(title: TitleItem, watch: Stopwatch) -> tuple[Prediction | None, list[Neighbour], float]:
    """What the classifier makes of it, titles like it, and the confidence that it needs."""
    try:
        [prediction] = watch.timed("Ask the classifier", lambda: classify([title], use_cache=False))
    except (ModelBroken, ModelMissing):
        return None, [], 1.0
    near = watch.timed("Find titles like it", lambda: neighbours_of(prediction, N_NEIGHBOURS))
    choice = "eligible" if prediction.forced_status == "rx" else prediction.forced_status
    return prediction, near, live_model().calibration.thresholds[choice]
