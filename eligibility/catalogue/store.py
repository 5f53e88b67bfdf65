"""Keeping decisions about products: a new one where the judgement is new, a touch where it stands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from eligibility.catalogue.basis import Basis
from eligibility.catalogue.told import changes_made
from eligibility.decision import Decision, Item
from eligibility.lists.notices.reconcile import doubt
from eligibility.models import CurrentDecision, Product, ProductDecision, RedecisionRun
from eligibility.selectors import key_for_people
from merchants.models import Merchant

TOUCHED = [
    "decision", "status", "evidence", "category_code", "item_key", "judged", "substance", "basis_model", "basis_lists", "lists_at",
    "confidence", "evidence_detail",
    "list_version", "model_version", "taxonomy_version", "checked_at",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One product with the item that was judged for it, and what came out."""

    product: Product
    item: Item
    decision: Decision


@dataclass(slots=True)
class Stored:
    """What became of a batch: pks of products."""

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)


def fingerprint(item: Item) -> str:
    """Of all that is judged of an item. The price says nothing about medical care, so a new price asks for no new decision."""
    return _digest({each.name: getattr(item, each.name) for each in fields(item) if each.name != "price_cents"})


def substance_of(decision: Decision) -> str:
    """Of what a decision means. How sure the model was, and by which version, may differ without a new decision."""
    names = ("status", "category", "evidence", "bucket", "account_kinds", "eligible_fraction", "citation", "guard")
    people = {"agreed_by": decision.agreed_by} if decision.agreed_by else {}  # a second person changes what a charge may claim
    return _digest({name: getattr(decision, name) for name in names} | people)


def store_decisions(
    *, merchant: Merchant, judged: Sequence[Judged], basis: Basis, cause: str, run: RedecisionRun | None = None
) -> Stored:
    """Keep what products of one merchant are judged to be; in the caller's transaction, which holds the catalogue's lock.

    A judgement of new substance is added to the product's history, and told where the status is another. Safe to repeat.
    """
    assert transaction.get_connection().in_atomic_block
    known = CurrentDecision.objects.in_bulk([each.product.pk for each in judged])
    stored, now = Stored(), timezone.now()
    fresh: list[tuple[Judged, ProductDecision]] = []
    for each in judged:
        before = known.get(each.product.pk)
        if before is not None and before.substance == substance_of(each.decision):
            stored.confirmed.append(each.product.pk)
            continue
        (stored.changed if before else stored.new).append(each.product.pk)
        fresh.append((each, _history_row(merchant, each, before, cause, run)))
    made = ProductDecision.objects.bulk_create([row for _, row in fresh])
    newest = {row.product_id: row.pk for row in made}
    _touch(merchant, judged, known, newest, basis, now)
    changes_made(merchant, [(each.product, row) for each, row in fresh])
    if cause != ProductDecision.Cause.LIST:  # after a change of lists the notices follow the lists themselves
        doubt([each.product.pk for each in judged])
    return stored


def confirm(*, product_ids: Sequence[int], basis: Basis) -> None:
    """Note that nothing new speaks about these products: they were judged by what still holds for them."""
    CurrentDecision.objects.filter(pk__in=product_ids).update(
        basis_model=basis.model_mark, basis_lists=basis.lists_mark, lists_at=basis.at, checked_at=timezone.now()
    )


def _history_row(
    merchant: Merchant, each: Judged, before: CurrentDecision | None, cause: str, run: RedecisionRun | None
) -> ProductDecision:
    decision = each.decision
    return ProductDecision(
        product=each.product, merchant=merchant, status=decision.status, previous_status=before.status if before else "",
        category_code=decision.category, evidence=decision.evidence, confidence=decision.confidence,
        list_version=decision.list_version, model_version=decision.model_version, taxonomy_version=decision.taxonomy_version,
        decision=decision.as_json(), cause=cause, run=run, decided_at=parse_datetime(decision.decided_at) or timezone.now(),
    )  # fmt: skip


def _touch(
    merchant: Merchant, judged: Sequence[Judged], known: Mapping[int, CurrentDecision], newest: Mapping[int, int], basis: Basis,
    now: datetime,
) -> None:  # fmt: skip
    """One statement for all: what is in force, and that it was checked now."""
    rows = [
        CurrentDecision(
            product=each.product, merchant=merchant, status=each.decision.status, evidence=each.decision.evidence,
            category_code=each.decision.category, item_key=key_for_people(each.item, each.decision),
            decision_id=newest.get(each.product.pk) or known[each.product.pk].decision_id,
            judged=fingerprint(each.item), substance=substance_of(each.decision), basis_model=basis.model_mark,
            basis_lists=basis.lists_mark, lists_at=basis.at, confidence=each.decision.confidence, evidence_detail=each.decision.evidence_detail,
            list_version=each.decision.list_version, model_version=each.decision.model_version,
            taxonomy_version=each.decision.taxonomy_version, checked_at=now,
        )
        for each in judged
    ]  # fmt: skip
    CurrentDecision.objects.bulk_create(rows, update_conflicts=True, unique_fields=["product"], update_fields=TOUCHED)


def _digest(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
