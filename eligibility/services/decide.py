"""The one door to an item's status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from eligibility.classifier import ModelBroken, ModelMissing, Prediction, TitleItem, classify
from eligibility.decision import PEOPLE_WHO_MUST_AGREE, Decision, Evidence, Item, timestamp
from eligibility.errors import CategoryUnknown, ClassifierUnavailable
from eligibility.explain import found_cues, similar_titles, would_change
from eligibility.gtin import gtin14, gtin_readings
from eligibility.guards import Guard, guard_for
from eligibility.letters.cover import cover
from eligibility.likeness import names_same_thing
from eligibility.models import ListItem, Review
from eligibility.selectors import item_key, list_hits, newest_reviews, title_key, version_name
from eligibility.taxonomy import Category, taxonomy
from eligibility.text import normalise
from merchants.models import Merchant
from shoppers.models import Shopper

UNKNOWN_REASON = "We are not sure what this is, so a benefit card may not pay for it until a person has looked at it."


def decide(
    items: Sequence[Item], merchant: Merchant, shopper: Shopper | None = None, *, with_similar: bool = False,
    as_of: datetime | None = None,
) -> list[Decision]:  # fmt: skip
    """Judge each item by the best evidence there is: list, human, guard, model, else unknown. Same order as given.

    list: its GTIN is on an eligible-product list in force now; one that was written without its check digit or its leading
    zeros only where the title names what the list names. human: a person decided this merchant's item.
    guard: a rule where the law is crisp; one that makes
    eligible speaks only where the classifier does not see what is no medical care. Where the GTIN is on record under
    a name that is not the title's, neither list nor people vouch for it: see `_by_title`. model: the classifier is sure enough. `shopper` is who buys: their letters in
    force make eligible what needs one. with_similar: name the training titles nearest to what the classifier judged, at a millisecond each.
    as_of: judge by the lists as they will be, or were, in force at that moment, as far as is known now; all else is as it is now.
    """
    now = as_of or timezone.now()
    codes = [gtin14(item.gtin) for item in items]
    keys = [item_key(item) for item in items]
    on_list = list_hits([code for item in items for code in gtin_readings(item.gtin)], now)
    reviewed = newest_reviews(merchant, keys)
    found: dict[int, Decision] = {}
    guarded: dict[int, Decision] = {}
    renamed: dict[int, tuple[ListItem | None, Review | None]] = {}
    for at, item in enumerate(items):
        row, review = _listed(item, codes[at], on_list), reviewed.get(keys[at])
        if row and not _speaks_against(row.description, item):
            found[at] = _from_list(row, now)
        elif review and (not codes[at] or names_same_thing(review.title, item.title)):
            found[at] = _from_review(review, now)
        elif row or review:
            renamed[at] = (row, review)
        elif guard := guard_for(text := normalise(item.title, item.brand)):
            guarded[at] = _from_guard(guard, text, now)
    found.update(_by_title(items, renamed, merchant, now))
    found.update({at: decision for at, decision in guarded.items() if decision.status == "not_eligible"})
    left = [at for at in range(len(items)) if at not in found]
    predictions = _classified([items[at] for at in left])
    for at, one in zip(left, predictions, strict=True):
        is_seen_alike = at in guarded and one.forced_status != "not_eligible"  # a television bundled with a test is no test
        found[at] = guarded[at] if is_seen_alike else _from_model(items[at], one, now, with_similar)
    return cover(items, [found[at] for at in range(len(items))], shopper, merchant, now)


def _listed(item: Item, code: str | None, on_list: Mapping[str, ListItem]) -> ListItem | None:
    """The item's row on a list. Of a maimed code, the one reading that is listed as the same thing; two such readings are none."""
    if code:
        return on_list.get(code)
    rows = [on_list[reading] for reading in gtin_readings(item.gtin) if reading in on_list]
    alike = [row for row in rows if names_same_thing(row.description, item.title)]
    return alike[0] if len(alike) == 1 else None


def _by_title(
    items: Sequence[Item], renamed: Mapping[int, tuple[ListItem | None, Review | None]], merchant: Merchant, now: datetime
) -> dict[int, Decision]:
    """Items whose GTIN was found under another name: by what people said of this title, else as cautiously as both names allow."""
    keys = {at: title_key(items[at]) for at in renamed}
    told = newest_reviews(merchant, list(keys.values())) if keys else {}
    found: dict[int, Decision] = {}
    for at, (row, review) in renamed.items():
        if own := told.get(keys[at]):
            found[at] = _from_review(own, now)
        elif row:
            found[at] = _contradiction(
                f"GTIN {row.gtin14} is on {row.list_source.name}, but a rule says otherwise of the title", now
            )
        elif review:
            found[at] = _from_other_name(review, items[at], now)
    return {at: replace(decision, is_by_title=True) for at, decision in found.items()}


def _from_other_name(review: Review, item: Item, now: datetime) -> Decision:
    """What people said of the GTIN holds until they have seen this title, and vouches for nothing."""
    said = f"people decided GTIN {gtin14(item.gtin)} as “{review.title[:80]}” ({review.public_id})"
    if _speaks_against(review.title, item) and category_of(review.category_code).status != "not_eligible":
        return _contradiction(f"{said[0].upper()}{said[1:]}, but a rule says otherwise of this title", now)
    detail = f"This title names another thing: {said}; nobody has looked at it under this name"
    return decision_of(category_of(review.category_code), now, evidence="human", agreed_by=0, detail=detail)


def _speaks_against(known_as: str, item: Item) -> bool:
    """Does a rule know the title as no medical care, where its GTIN is on record as something else?"""
    guard = guard_for(normalise(item.title, item.brand))
    return guard is not None and guard.category.status == "not_eligible" and not names_same_thing(known_as, item.title)


def _contradiction(detail: str, now: datetime) -> Decision:
    return _unknown(f"The GTIN and the title contradict each other. {detail}", now)


def _classified(items: Sequence[Item]) -> list[Prediction]:
    """The model's word on each item; raises ClassifierUnavailable, for a guess without the model would be a lie."""
    titles = [
        TitleItem(title=i.title, brand=i.brand, category=i.category, description=i.description, price_cents=i.price_cents)
        for i in items
    ]
    try:
        return classify(titles) if titles else []
    except (ModelBroken, ModelMissing) as error:
        raise ClassifierUnavailable() from error


def _from_list(row: ListItem, now: datetime) -> Decision:
    source, version = row.list_source, version_name(row)
    return decision_of(
        category_of(row.category_code), now, evidence="list", list_version=f"{source.list_id} {version}",
        detail=f"GTIN {row.gtin14} is on {source.name}, version {version}",
    )  # fmt: skip


def _from_review(review: Review, now: datetime) -> Decision:
    return decision_of(
        category_of(review.category_code), now, evidence="human", agreed_by=review.agreed_by,
        detail=f"Reviewed on {review.decided_at:%Y-%m-%d} ({review.public_id}); {people_agree(review.agreed_by)}",
    )  # fmt: skip


def _from_guard(guard: Guard, text: str, now: datetime) -> Decision:
    decision = decision_of(
        guard.category, now, evidence="guard", guard=guard.id, detail=f"The rule “{guard.id}” knows what this is"
    )
    return replace(decision, reason=guard.explanation, citation=guard.citation, cues=found_cues(text))


def people_agree(count: int) -> str:
    """How many people stand behind a review."""
    return f"{count} people agree" if count > 1 else "1 person so far, a second must agree"


def _from_model(item: Item, prediction: Prediction, now: datetime, with_similar: bool) -> Decision:
    category = category_of(prediction.category)
    cues = found_cues(normalise(item.title, item.brand))
    similar = similar_titles(prediction) if with_similar else ()
    if prediction.status != "unknown":
        decision = decision_of(
            category, now, evidence="model", confidence=prediction.confidence, model_version=prediction.model_version,
            detail=f"The classifier reads it as “{category.name}”",
        )  # fmt: skip
        return replace(decision, cues=cues, similar=similar)
    unknown = _unknown(f"The classifier is not sure enough; its best guess is “{category.name}”", now)
    return replace(
        unknown, confidence=prediction.confidence, model_version=prediction.model_version, likely_category=category.code, cues=cues,
        similar=similar,
    )  # fmt: skip


def not_judged() -> Decision:
    """What is known of an item that nobody asked about: nothing, so that no benefit card pays for it."""
    return _unknown("It was not judged", timezone.now())


def _unknown(detail: str, now: datetime) -> Decision:
    return Decision(
        status="unknown", category="", category_name="", bucket="none", account_kinds=(), eligible_fraction=0.0,
        evidence="none", evidence_detail=detail, confidence=0.0, list_version="", model_version="",
        taxonomy_version=taxonomy().version, reason=UNKNOWN_REASON, citation="", decided_at=timestamp(now),
        would_change=would_change(None, status="unknown", is_vouched_for=False),
    )  # fmt: skip


def category_of(code: str) -> Category:
    try:
        return taxonomy().by_code[code]
    except KeyError as error:
        raise CategoryUnknown(f"The taxonomy has no category “{code}”.") from error


def decision_of(
    category: Category, now: datetime, *, evidence: Evidence, detail: str, confidence: float = 1.0,
    list_version: str = "", model_version: str = "", guard: str = "", agreed_by: int | None = None,
) -> Decision:  # fmt: skip
    """What follows from an item being of this category, by this evidence."""
    is_vouched_for = evidence == "list" or (evidence == "human" and (agreed_by or 0) >= PEOPLE_WHO_MUST_AGREE)
    return Decision(
        status=category.status,  # type: ignore[arg-type]  # the taxonomy is checked against the same words at load
        category=category.code, category_name=category.name, bucket=category.bucket,
        account_kinds=tuple(kind for kind in category.accounts if kind != "dcfsa"),  # it pays for care of dependents alone
        eligible_fraction=0.0 if category.status == "not_eligible" else category.eligible_fraction, evidence=evidence,
        evidence_detail=detail, confidence=confidence, list_version=list_version, model_version=model_version,
        taxonomy_version=taxonomy().version, reason=category.why, citation=category.citation, decided_at=timestamp(now),
        guard=guard, agreed_by=agreed_by, would_change=would_change(category, status=category.status, is_vouched_for=is_vouched_for),
    )  # fmt: skip
