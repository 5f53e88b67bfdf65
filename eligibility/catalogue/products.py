"""Saving products, one or hundreds, each with its decision or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db import transaction
from django.utils import timezone

from eligibility.catalogue.basis import Basis, basis_at
from eligibility.catalogue.locking import lock_catalogue
from eligibility.catalogue.moved import behind_among
from eligibility.catalogue.selectors import standing_decision
from eligibility.catalogue.store import Judged, fingerprint, store_decisions
from eligibility.decision import Decision, Item
from eligibility.gtin import gtin14, gtin_readings
from eligibility.lists.notices.reconcile import follow_products
from eligibility.models import Product, ProductDecision
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from merchants.models import Merchant
from vault.audit.services import record_about

Action = Literal["added", "changed", "unchanged"]
FIELDS: Final = (
    "title", "brand", "gtin14", "gtin_written", "category", "description", "price_cents", "image_url", "product_url", "availability",
    "is_active",
)  # fmt: skip
TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a product with this SKU shall be. Fields that are not named stay as they are, or empty."""

    sku: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one wanted product. In a dry run it is what would become of it."""

    product: Product
    action: Action
    decision: Decision


class Overtaken(Exception):
    """Somebody saved one of these products while they were being judged."""


@dataclass(slots=True)
class _Plan:
    product: Product
    before: Product | None
    item: Item
    changed: list[str]

    @property
    def needs_judging(self) -> bool:
        return self.before is None or fingerprint(product_item(self.before)) != fingerprint(self.item)


def save_product(*, merchant: Merchant, sku: str, **fields: Any) -> Saved:
    """Add the product with this SKU, or change the named fields of the one there is; it is judged as it is saved.

    Raises ClassifierUnavailable, and then nothing is saved.
    """

    def written(saved: Sequence[Saved]) -> None:
        for each in saved:
            if each.action != "unchanged":
                record_about(each.product, each.action, fields=sorted(fields))

    return save_products(merchant=merchant, wanted=[Wanted(sku, fields)], cause=ProductDecision.Cause.SAVED, written=written)[0]


def save_products(
    *, merchant: Merchant, wanted: Sequence[Wanted], cause: str, is_dry_run: bool = False,
    written: Callable[[Sequence[Saved]], None] | None = None,
) -> list[Saved]:  # fmt: skip
    """Add or change products by their SKUs, which differ from each other; each with its decision, all or none.

    They are judged before the transaction begins, because that takes long, and again if somebody was quicker. `written`
    is called in the transaction. Safe to repeat: what is as wanted stays untouched.
    """
    for left in range(TRIES - 1, -1, -1):
        try:
            if left:
                return _save(merchant, wanted, cause, is_dry_run, written)
            with transaction.atomic():  # whoever lost twice holds the lock while it judges
                lock_catalogue(merchant.pk)
                return _save(merchant, wanted, cause, is_dry_run, written)
        except Overtaken:
            continue
    raise AssertionError("under the lock nobody is quicker")


def _save(
    merchant: Merchant, wanted: Sequence[Wanted], cause: str, is_dry_run: bool, written: Callable[[Sequence[Saved]], None] | None
) -> list[Saved]:
    known = _known(merchant, wanted)
    plans = [_plan(merchant, known.get(each.sku), each) for each in wanted]
    basis = basis_at(timezone.now())
    decisions = _decisions(merchant, plans, basis)
    saved = [
        Saved(plan.product, "added" if plan.before is None else "changed" if plan.changed else "unchanged", decision)
        for plan, (decision, _) in zip(plans, decisions, strict=True)
    ]
    if is_dry_run:
        return saved
    with transaction.atomic():
        lock_catalogue(merchant.pk)
        if _state(_known(merchant, wanted)) != _state(known):
            raise Overtaken
        _write(plans)
        moved = [plan for plan in plans if plan.before is None or {"gtin14", "gtin_written"} & set(plan.changed)]
        follow_products([plan.product.pk for plan in moved], [code for plan in moved for code in gtin_readings(plan.item.gtin)])
        judged = [
            Judged(plan.product, plan.item, decision) for plan, (decision, is_new) in zip(plans, decisions, strict=True) if is_new
        ]
        store_decisions(merchant=merchant, judged=judged, basis=basis, cause=cause)
        if written:
            written(saved)
    return saved


def _known(merchant: Merchant, wanted: Sequence[Wanted]) -> dict[str, Product]:
    rows = Product.objects.filter(merchant=merchant, sku__in=[each.sku for each in wanted])
    return {row.sku: row for row in rows.select_related("current_decision__decision")}


def _state(known: Mapping[str, Product]) -> dict[str, list[Any]]:
    return {sku: [getattr(product, name) for name in FIELDS] for sku, product in known.items()}


def _plan(merchant: Merchant, before: Product | None, wanted: Wanted) -> _Plan:
    product = copy(before) if before else Product(merchant=merchant, sku=wanted.sku)
    fields = {name: value for name, value in wanted.fields.items() if name != "gtin"}
    if "gtin" in wanted.fields:
        fields |= _codes(wanted.fields["gtin"])
    for name, value in fields.items():
        setattr(product, name, value)
    changed = [name for name in FIELDS if before is None or getattr(product, name) != getattr(before, name)]
    return _Plan(product, before, product_item(product), changed)


def _codes(written: str) -> dict[str, str]:
    """The likeliest GTIN-14, by which changes of lists find the product; and what the shop wrote, where that is maimed."""
    exact, readings = gtin14(written), gtin_readings(written)
    return {"gtin14": readings[0] if readings else "", "gtin_written": "" if exact else written.strip()[:20] if readings else ""}


def _decisions(merchant: Merchant, plans: Sequence[_Plan], basis: Basis) -> list[tuple[Decision, bool]]:
    """Each plan's decision and whether it was made now; where nothing that it rests on is new, the one in force stands."""
    known = [plan for plan in plans if plan.before is not None and not plan.needs_judging]
    behind = behind_among([(plan.product.pk, gtin_readings(plan.item.gtin)) for plan in known], basis)
    standing = [
        None
        if plan.needs_judging or plan.before is None or plan.before.pk in behind
        else standing_decision(plan.before, basis=basis)
        for plan in plans
    ]
    fresh = iter(decide([plan.item for plan, stands in zip(plans, standing, strict=True) if stands is None], merchant))
    return [(stands, False) if stands is not None else (next(fresh), True) for stands in standing]


def _write(plans: Sequence[_Plan]) -> None:
    """One statement, however many. The known ones keep when they were added."""
    rows = [plan.product for plan in plans if plan.changed]
    added_at = [row.created_at for row in rows]
    Product.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["merchant", "sku"], update_fields=[*FIELDS, "updated_at"]
    )
    for row, moment in zip(rows, added_at, strict=True):
        row.created_at = moment or row.created_at
