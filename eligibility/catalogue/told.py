"""What merchants are told of their products' statuses: a row in the feed, and the same as an event for webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from eligibility.decision import Decision, timestamp
from eligibility.models import ListNotice, Product, ProductDecision, ToldChange
from merchants.models import Merchant
from merchants.services import record_events

CHANGED_EVENT: Final = "product.eligibility_changed"
State = ToldChange.State


def tell(merchant: Merchant, rows: Sequence[ToldChange]) -> None:
    """Add these to the merchant's feed, in this order; with an event each, unless it says what was announced before.

    In the caller's transaction, which holds the catalogue's lock: so the feed grows at its end alone.
    """
    assert transaction.get_connection().in_atomic_block
    if not rows:
        return
    ToldChange.objects.bulk_create(rows, batch_size=500)
    events = [(CHANGED_EVENT, row.product.public_id, told(row)) for row in rows if not row.is_announced]
    if events:
        record_events(merchant=merchant, events=list(events))


def changes_made(merchant: Merchant, fresh: Iterable[tuple[Product, ProductDecision]]) -> None:
    """Tell of products whose status is another than before; a first decision is no change.

    What was announced for this moment or an earlier one, and came so, is done: the feed says it, and no event repeats it.
    """
    changed = [(product, row) for product, row in fresh if row.previous_status not in {"", row.status}]
    if not changed:
        return
    announced = _announced([product.pk for product, _ in changed])
    rows, done = [], []
    for product, row in changed:
        notice = announced.get((product.pk, row.status))
        done += [notice.pk] if notice else []
        rows.append(
            ToldChange(
                merchant=merchant, product=product, state=State.CHANGED, old_status=row.previous_status, new_status=row.status,
                effective_at=notice.effective_at if notice else row.decided_at, is_announced=notice is not None, decision=row, notice=notice, told_at=timezone.now(),
            )
        )  # fmt: skip
    ListNotice.objects.filter(pk__in=done, state=ListNotice.State.UPCOMING).update(
        state=ListNotice.State.DONE, ended_at=timezone.now()
    )
    tell(merchant, rows)


def announcement(notice: ListNotice, decision: Decision, *, old_status: str) -> ToldChange:
    """That the product will be judged so from the notice's moment on."""
    return _of_notice(
        notice, State.UPCOMING, old_status, decision.status,
        {
            "reason": decision.reason, "evidence": decision.evidence, "category": decision.category,
            "confidence": round(decision.confidence, 4), "list_version": decision.list_version,
            "model_version": decision.model_version, "taxonomy_version": decision.taxonomy_version,
        },
    )  # fmt: skip


def last_announcements(notices: Iterable[ListNotice]) -> dict[int, ToldChange]:
    """Notice -> what was announced of it last."""
    rows = ToldChange.objects.filter(notice__in=[notice.pk for notice in notices], state=State.UPCOMING)
    return {row.notice_id: row for row in rows.order_by("pk") if row.notice_id}


def withdrawal(notice: ListNotice, last: ToldChange | None) -> ToldChange:
    """That what was announced last by this notice will not come."""
    said = {name: value for name, value in (last.details if last else {}).items() if name not in {"list", "replaced_by"}}
    reason = {"reason": "The list says otherwise by now: the product's status stays as it is."}
    return _of_notice(notice, State.WITHDRAWN, notice.old_status, notice.new_status, said | reason)


def told(row: ToldChange) -> dict[str, Any]:
    """As merchants are told it: in the feed and in the event alike."""
    base = {
        "product": row.product.public_id, "sku": row.product.sku, "title": row.product.title, "state": row.state,
        "old_status": row.old_status, "new_status": row.new_status, "effective_at": timestamp(row.effective_at),
        "announced": row.is_announced, "notice": row.notice.public_id if row.notice else None,
    }  # fmt: skip
    if row.decision is None:
        return base | {"cause": "list", **_EMPTY, **row.details, "changed_at": None}
    made = row.decision
    return base | {
        "cause": made.cause, "reason": made.decision["reason"], "evidence": made.evidence, "category": made.category_code,
        "confidence": round(made.confidence, 4), "list_version": made.list_version, "model_version": made.model_version,
        "taxonomy_version": made.taxonomy_version, "list": row.notice.list_source.name if row.notice else None,
        "replaced_by": (row.notice.replaced_by or None) if row.notice else None, "changed_at": made.decision["decided_at"],
    }  # fmt: skip


_EMPTY: Final = {
    "reason": "", "evidence": "list", "category": "", "confidence": 1.0, "list_version": "", "model_version": "",
    "taxonomy_version": "", "list": None, "replaced_by": None,
}  # fmt: skip


def _of_notice(notice: ListNotice, state: str, old: str, new: str, details: dict[str, Any]) -> ToldChange:
    return ToldChange(
        merchant_id=notice.merchant_id, product=notice.product, state=state, old_status=old, new_status=new,
        effective_at=notice.effective_at, notice=notice, told_at=timezone.now(),
        details={**details, "list": notice.list_source.name, "replaced_by": notice.replaced_by or None},
    )  # fmt: skip


def _announced(product_ids: Sequence[int]) -> dict[tuple[int, str], ListNotice]:
    """(product, status) -> the newest notice that announced it for a moment that has come."""
    found = ListNotice.objects.select_related("list_source").filter(
        product__in=product_ids, state=ListNotice.State.UPCOMING, effective_at__lte=timezone.now()
    )
    return {(notice.product_id, notice.new_status): notice for notice in found.order_by("effective_at", "pk")}
