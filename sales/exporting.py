"""A merchant's sales as a file that leaves while it is read: CSV or JSON lines, whole sales or each of their lines."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum

from checkout.models import Dispute, LineItem, Payment, Tender, TenderLine
from common.cells import safe_cell
from common.csv_lines import Echo
from common.scopes import places_in_scope, scope
from eligibility.catalogue.jobs.results import BOM
from merchants.models import Merchant
from pos_monitor.models import TillSale
from sales.finding import searched

Limit = Mapping[str, tuple[int, ...]]  # the part of a scope that keeps it to some stores; none: all
BATCH: Final = 1_000  # sales read and written at a time, whatever the file's length
SALE: Final = (
    "id", "order_number", "status", "channel", "store", "till", "created_at", "completed_at", "currency", "subtotal_cents", "discount_cents", "tax_cents",
    "shipping_cents", "total_cents", "eligible_cents", "captured_cents", "benefit_cents", "ordinary_cents", "refunded_cents", "disputed_cents",
)  # fmt: skip
LINE: Final = (
    "position", "title", "brand", "sku", "gtin", "quantity", "unit_price_cents", "total_cents", "status", "category", "evidence", "paid_cents", "benefit_cents",
)  # fmt: skip
_READ: Final = (
    "pk", "public_id", "client_reference_id", "status", "channel", "created_at", "completed_at", "currency", "amount_subtotal_cents",
    "amount_discount_cents", "amount_tax_cents", "amount_shipping_cents", "amount_total_cents", "amount_eligible_cents",
)  # fmt: skip


def csv_parts(merchant: Merchant, filters: Mapping[str, str], *, with_lines: bool, limit: Limit) -> Iterator[bytes]:
    """One row for each sale, or for each line of each: its sale's id and order number, then the line."""
    writer = csv.writer(Echo())
    columns = ("sale", "order_number", "created_at", *LINE) if with_lines else SALE
    yield (BOM + writer.writerow(columns)).encode()
    for batch in _batches(merchant, filters, with_lines=with_lines, limit=limit):
        rows = (
            (
                [sale["id"], sale["order_number"], sale["created_at"], *line.values()]
                for sale in batch
                for line in sale["line_items"]
            )
            if with_lines
            else ([sale[name] for name in SALE] for sale in batch)
        )
        yield "".join(writer.writerow([_cell(value) for value in row]) for row in rows).encode()


def json_parts(merchant: Merchant, filters: Mapping[str, str], *, with_lines: bool, limit: Limit) -> Iterator[bytes]:
    """One object a line; its lines are in it where they are asked for."""
    for batch in _batches(merchant, filters, with_lines=with_lines, limit=limit):
        yield "".join(json.dumps(sale, ensure_ascii=False) + "\n" for sale in batch).encode()


def _batches(merchant: Merchant, filters: Mapping[str, str], *, with_lines: bool, limit: Limit) -> Iterator[list[dict[str, Any]]]:
    """Newest first, through a cursor of the server's. The request's scope is over by then, so this has one of its own."""
    with scope(merchant=merchant, **limit), transaction.atomic():
        batch: list[dict[str, Any]] = []
        for row in searched(merchant, filters).order_by("-pk").values(*_READ).iterator(chunk_size=BATCH):
            batch.append(row)
            if len(batch) == BATCH:
                yield _told(batch, with_lines=with_lines)
                batch = []
        if batch:
            yield _told(batch, with_lines=with_lines)


def _told(rows: Sequence[dict[str, Any]], *, with_lines: bool) -> list[dict[str, Any]]:
    pks = [row["pk"] for row in rows]
    payments = {
        payment["session_id"]: payment
        for payment in Payment.objects.filter(session__in=pks, status=Payment.Status.CAPTURED)
        .order_by()
        .values("pk", "session_id", "captured_cents", "refunded_cents")
    }
    by_kind = _by_kind([payment["pk"] for payment in payments.values()])
    disputed = dict(
        Dispute.objects.filter(payment__session__in=pks)
        .order_by()
        .values_list("payment__session_id")
        .annotate(Sum("amount_cents"))
    )
    tills = {
        sale["session_id"]: (sale["store__name"] or "", sale["terminal__label"])
        for sale in TillSale.objects.filter(session__in=pks).order_by().values("session_id", "store__name", "terminal__label")
    }
    lines = _lines(pks, [payment["pk"] for payment in payments.values()]) if with_lines else {}
    told = []
    for row in rows:
        payment = payments.get(row["pk"], {"pk": 0, "captured_cents": 0, "refunded_cents": 0})
        store, till = tills.get(row["pk"], ("", ""))
        sale = {
            "id": row["public_id"], "order_number": row["client_reference_id"], "status": row["status"], "channel": row["channel"],
            "store": store, "till": till, "created_at": row["created_at"].isoformat(timespec="seconds"),
            "completed_at": row["completed_at"].isoformat(timespec="seconds") if row["completed_at"] else None, "currency": row["currency"],
            "subtotal_cents": row["amount_subtotal_cents"], "discount_cents": row["amount_discount_cents"], "tax_cents": row["amount_tax_cents"],
            "shipping_cents": row["amount_shipping_cents"], "total_cents": row["amount_total_cents"], "eligible_cents": row["amount_eligible_cents"],
            "captured_cents": payment["captured_cents"], "benefit_cents": by_kind.get((payment["pk"], "benefit"), 0),
            "ordinary_cents": by_kind.get((payment["pk"], "ordinary"), 0), "refunded_cents": payment["refunded_cents"],
            "disputed_cents": disputed.get(row["pk"], 0),
        }  # fmt: skip
        told.append(sale | {"line_items": lines.get(row["pk"], [])} if with_lines else sale)
    return told


def _by_kind(payments: Sequence[int]) -> dict[tuple[int, str], int]:
    found = (
        Tender.objects.filter(payment__in=payments)
        .order_by()
        .values_list("payment_id", "kind")
        .annotate(cents=Sum("captured_cents"))
    )
    return {(payment, kind): cents for payment, kind, cents in found}


def _lines(sessions: Sequence[int], payments: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    paid: dict[tuple[int, str], int] = defaultdict(int)
    parts = TenderLine.objects.filter(tender__payment__in=payments).order_by()
    for line, kind, cents in parts.values_list("line_id", "tender__kind").annotate(cents=Sum("amount_cents")):
        paid[line, kind] += cents
    of_session: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in _line_rows(sessions):
        pk, session = line.pop("pk"), line.pop("session_id")
        benefit = paid[pk, "benefit"]
        of_session[session].append(line | {"paid_cents": benefit + paid[pk, "ordinary"], "benefit_cents": benefit})
    return of_session


def _line_rows(sessions: Sequence[int]) -> list[dict[str, Any]]:
    found = LineItem.objects.filter(session__in=sessions).order_by("session", "position")
    return list(found.values("pk", "session_id", *LINE[:-2]))


def _cell(value: object) -> str:
    return "" if value is None else safe_cell(str(value))


def file_parts(merchant: Merchant, filters: Mapping[str, str], *, kind: str, with_lines: bool) -> Iterator[bytes]:
    """kind: `csv` or `jsonl`. Who is limited to some stores gets theirs: asked now, for the request's scope ends before the file does."""
    places = places_in_scope()
    limit: Limit = {} if places is None else {"places": places}
    return (csv_parts if kind == "csv" else json_parts)(merchant, filters, with_lines=with_lines, limit=limit)
