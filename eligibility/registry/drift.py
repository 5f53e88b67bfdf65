"""Counting what live traffic was judged to be, day by day and merchant by merchant; and a few titles to look at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from eligibility.classifier import Prediction, TitleItem, classify
from eligibility.models import DriftDay, DriftSample
from eligibility.models.traffic import SCORE_BINS
from eligibility.registry.follow import DRIFT, follow
from eligibility.registry.stream import Entry, Judged
from eligibility.selectors import item_key
from merchants.models import Merchant

SAMPLE_SIZE: Final = 60  # titles of a merchant's week
SAMPLE_KEPT: Final = timedelta(days=90)
OWN_WORD = {"model", "none"}  # evidence where the decision is the model's word itself


def count_judged() -> int:
    """Count what was judged since the last run; returns how many entries. The caller may look across merchants."""
    return follow(DRIFT, _count)


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


def score_bin(confidence: float) -> int:
    return min(int(confidence * SCORE_BINS + 1e-9), SCORE_BINS - 1)


def _count(entries: Sequence[Entry]) -> None:
    known = set(Merchant.objects.filter(pk__in={entry.merchant_id for entry in entries}).values_list("pk", flat=True))
    entries = [entry for entry in entries if entry.merchant_id in known]
    words = _words([one for entry in entries for one in entry.items])
    days: dict[tuple[int, date, str], DriftDay] = {}
    samples: dict[tuple[int, date], dict[str, tuple[Judged, Prediction | None]]] = {}
    for entry in entries:
        for one in entry.items:
            word = words.get(_said(one))
            version = one.model_version or (word.model_version if word else "")
            key = (entry.merchant_id, entry.day, version)
            days[key] = days.get(key) or _day(*key)
            add(days[key], one, word)
            if not one.title:  # it seemed personal, and was counted without its words
                continue
            week = (entry.merchant_id, week_of(entry.day))
            samples.setdefault(week, {})[_draw(week[1], one)] = (one, word)
    for row in days.values():
        row.save()
    for (merchant_id, monday), drawn in samples.items():
        _keep_samples(merchant_id, monday, drawn)


def add(row: DriftDay, one: Judged, word: Prediction | None) -> None:
    """Count one judged item. word: what the model says where something else decided."""
    row.judged += 1
    row.statuses = _one_more(row.statuses, one.status)
    row.evidences = _one_more(row.evidences, one.evidence)
    confidence = one.confidence if one.evidence in OWN_WORD else word.confidence if word else None
    if confidence is not None:
        row.scores[score_bin(confidence)] += 1
    if word is not None and one.evidence in {"list", "human"}:
        for name, happened in (
            ("seen", True), ("unknown", word.status == "unknown"), ("disagreed", word.status not in {"unknown", one.status}),
        ):  # fmt: skip
            setattr(row, f"{one.evidence}_{name}", getattr(row, f"{one.evidence}_{name}") + happened)


def _words(judged: Sequence[Judged]) -> dict[tuple[str, ...], Prediction]:
    """What the live model says of what a list, a person or a rule decided."""
    asked = list({_said(one): one for one in judged if one.evidence not in OWN_WORD and one.title}.values())
    titles = [
        TitleItem(title=one.title, brand=one.brand, category=one.shop_category, description=one.description) for one in asked
    ]
    return dict(zip(map(_said, asked), classify(titles) if titles else [], strict=True))


def _said(one: Judged) -> tuple[str, ...]:
    """What of an item the model reads; empty where its word is in the decision."""
    return () if one.evidence in OWN_WORD else (one.title, one.brand, one.shop_category, one.description)


def _day(merchant_id: int, day: date, version: str) -> DriftDay:
    row, _ = DriftDay.objects.get_or_create(merchant_id=merchant_id, day=day, model_version=version)
    return row


def _one_more(counts: Mapping[str, int], name: str) -> dict[str, int]:
    return {**counts, name: counts.get(name, 0) + 1}


def _draw(monday: date, one: Judged) -> str:
    """A lot for each distinct title of a week; the smallest lots are the sample."""
    return hashlib.sha256(f"{monday}\n{item_key(one.item())}".encode()).hexdigest()


def _keep_samples(merchant_id: int, monday: date, drawn: Mapping[str, tuple[Judged, Prediction | None]]) -> None:
    kept = DriftSample.objects.filter(merchant_id=merchant_id, week=monday)
    smallest = sorted(drawn)[:SAMPLE_SIZE]
    DriftSample.objects.bulk_create(
        [
            DriftSample(
                merchant_id=merchant_id, week=monday, item_key=lot, title=one.title, status=one.status, evidence=one.evidence,
                model_status=word.status if word else one.status, model_category=word.category if word else one.category,
                confidence=word.confidence if word else one.confidence,
            )
            for lot, (one, word) in ((lot, drawn[lot]) for lot in smallest)
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    beyond = list(kept.order_by("item_key").values_list("pk", flat=True)[SAMPLE_SIZE:])
    if beyond:
        kept.filter(pk__in=beyond).delete()
