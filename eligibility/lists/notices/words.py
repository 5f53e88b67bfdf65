"""A change in words: what it was, what it becomes, when, and because of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from eligibility.decision import STATUS_WORDS
from eligibility.models import ListNotice, Product, ToldChange
from eligibility.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class Line:
    """One change as people read it. successor: the product of the merchant's own that replaces it, if it sells it already."""

    title: str
    sku: str
    product_id: str
    gtin: str
    state: str
    old: str
    new: str
    old_status: str
    new_status: str
    at: datetime
    because: str
    replaced_by: str
    successor: Product | None


def lines(rows: Sequence[ListNotice | ToldChange], merchant: Any) -> list[Line]:
    """Their products and, in one query, those that replace them."""
    codes = {code for row in rows if (code := _replaced_by(row))}
    sold = {product.gtin14: product for product in Product.objects.filter(merchant=merchant, gtin14__in=codes)} if codes else {}
    return [_line(row, sold) for row in rows]


def status_and_category(status: str, category: str) -> str:
    """“eligible — pain relievers”; the category only where it has the status, for a status may rest on other evidence."""
    word, known = STATUS_WORDS.get(status, status).lower(), taxonomy().by_code.get(category)
    return f"{word} — {known.name}" if known and known.status == status else word


def why(notice: ListNotice) -> str:
    """What the list does, in words that go on after “because”."""
    name = f"“{notice.list_source.name}”"
    if not notice.new_category:
        return f"it leaves the list {name}"
    return f"the list {name} has it in another category" if notice.old_category else f"it comes onto the list {name}"


def _line(row: ListNotice | ToldChange, sold: dict[str, Product]) -> Line:
    notice = row if isinstance(row, ListNotice) else row.notice
    replaced_by, product = _replaced_by(row), row.product
    old_category = notice.old_category if notice else ""
    new_category = notice.new_category if notice else ""
    if isinstance(row, ToldChange) and row.decision is not None:
        new_category = row.decision.category_code
    return Line(
        title=product.title, sku=product.sku, product_id=product.public_id, gtin=product.gtin14, state=row.state,
        old=status_and_category(row.old_status, old_category), new=status_and_category(row.new_status, new_category),
        old_status=row.old_status, new_status=row.new_status, at=row.effective_at, because=_because(row, notice),
        replaced_by=replaced_by, successor=sold.get(replaced_by),
    )  # fmt: skip


def _because(row: ListNotice | ToldChange, notice: ListNotice | None) -> str:
    if notice is not None:
        return why(notice)
    return f"of {row.decision.get_cause_display()}" if isinstance(row, ToldChange) and row.decision else ""


def _replaced_by(row: ListNotice | ToldChange) -> str:
    notice = row if isinstance(row, ListNotice) else row.notice
    return notice.replaced_by if notice else ""
