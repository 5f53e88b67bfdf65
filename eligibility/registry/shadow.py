"""The model in shadow: it judges what the live one judged, out of the calls' way; what it would change is kept."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Final

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from eligibility.classifier import Prediction, TitleItem
from eligibility.classifier.model import Model
from eligibility.classifier.predict import classify_with
from eligibility.models import ShadowDifference, ShadowTally
from eligibility.registry import watch
from eligibility.registry.drift import OWN_WORD
from eligibility.registry.follow import SHADOW, catch_up, follow
from eligibility.registry.stream import Entry, Judged
from eligibility.selectors import item_key
from merchants.models import Merchant

MOST_BEHIND: Final = 2_000  # entries; further behind, what it missed is passed over and counted
MOST_DIFFERENCES: Final = 20_000  # titles kept of one pair of models; beyond it only the figures grow
Pair = tuple[int, str, Judged, Prediction]  # merchant, lot, what the live model said, what the other says


def judge_in_shadow() -> int:
    """Judge what came since the last run by the model in shadow; returns how many entries. Without one, only the place moves."""
    model = watch.watcher().shadow()
    if model is None:
        follow(SHADOW, lambda entries: None)
        return 0
    catch_up(most_behind=MOST_BEHIND, is_counted=True)
    return follow(SHADOW, partial(_compare, model))


def is_sampled(entry_id: str) -> bool:
    """An even share (SHADOW_SHARE) of the entries, the same ones in every run."""
    return int(hashlib.sha256(entry_id.encode()).hexdigest()[:8], 16) < settings.SHADOW_SHARE * 0x1_0000_0000


def _compare(model: Model, entries: Sequence[Entry]) -> None:
    known = set(Merchant.objects.filter(pk__in={entry.merchant_id for entry in entries}).values_list("pk", flat=True))
    told = [
        (entry.merchant_id, one)
        for entry in entries
        if entry.merchant_id in known and is_sampled(entry.id)
        for one in entry.items
        if one.title and one.evidence in OWN_WORD and one.model_version not in {"", model.version}
    ]
    titles = [TitleItem(title=j.title, brand=j.brand, category=j.shop_category, description=j.description) for _, j in told]
    said = classify_with(model, titles) if titles else []
    pairs: list[Pair] = [
        (merchant_id, item_key(one.item()), one, word) for (merchant_id, one), word in zip(told, said, strict=True)
    ]
    _tally(pairs)
    _keep_differences([pair for pair in pairs if _differ(pair)])


def _differ(pair: Pair) -> bool:
    _, _, one, word = pair
    return (one.status, one.category) != (word.status, word.category)


def _tally(pairs: Sequence[Pair]) -> None:
    counts: Counter[tuple[int, str, str, str, str]] = Counter()
    others: Counter[tuple[int, str, str, str, str]] = Counter()
    for merchant_id, _, one, word in pairs:
        key = (merchant_id, one.model_version, word.model_version, one.status, word.status)
        counts[key] += 1
        others[key] += one.category != word.category
    for key, count in sorted(counts.items()):
        merchant_id, live_version, shadow_version, live_status, shadow_status = key
        row, _ = ShadowTally.objects.get_or_create(
            merchant_id=merchant_id, live_version=live_version, shadow_version=shadow_version, live_status=live_status,
            shadow_status=shadow_status,
        )  # fmt: skip
        ShadowTally.objects.filter(pk=row.pk).update(count=F("count") + count, other_category=F("other_category") + others[key])


def _keep_differences(pairs: Sequence[Pair]) -> None:
    now = timezone.now()
    room: dict[tuple[str, str], int] = {}
    for merchant_id, key, one, word in sorted(pairs, key=lambda pair: pair[:2]):
        of_both = {"live_version": one.model_version, "shadow_version": word.model_version}
        said = {
            "live_status": one.status, "live_category": one.category, "live_confidence": one.confidence,
            "shadow_status": word.status, "shadow_category": word.category, "shadow_confidence": word.confidence,
            "is_status_different": one.status != word.status, "last_at": now,
        }  # fmt: skip
        mine = ShadowDifference.objects.filter(merchant_id=merchant_id, item_key=key, **of_both)
        if mine.update(count=F("count") + 1, **said):
            continue
        both = (one.model_version, word.model_version)
        if both not in room:
            room[both] = MOST_DIFFERENCES - ShadowDifference.objects.filter(**of_both).count()
        if room[both] > 0:
            room[both] -= 1
            ShadowDifference.objects.create(
                merchant_id=merchant_id, item_key=key, title=one.title, brand=one.brand, first_at=now, **of_both, **said
            )
