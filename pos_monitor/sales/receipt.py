"""The receipt of a till's sale, from the frozen sale: the same facts as its page and its PDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from checkout.card_words import brand
from checkout.models import LineItem, Payment, Tender
from checkout.selectors import current_payment, lines_of, tenders_of
from eligibility.decision import Decision
from pos_monitor.models import TillSale
from pos_monitor.sales.selectors import settings_of
from pos_monitor.sales.slip import MARKS, Slip, SlipCard, SlipLine, money, slip_text


def receipt_text(sale: TillSale, *, is_voided: bool = False) -> str:
    """The printed receipt of a paid sale; "" for one that is not paid."""
    payment = current_payment(sale.session)
    receipt = getattr(payment, "receipt", None)
    if payment is None or receipt is None:
        return ""
    tenders = [tender for tender in tenders_of(payment) if tender.status == Tender.Status.CAPTURED]
    by_line, by_bucket = benefit_cents(tenders), Counter[str]()
    lines = []
    for line, said in zip(lines_of(sale.session), sale.printed, strict=True):
        decision = Decision.from_json(line.decision)
        by_bucket[decision.bucket] += by_line[line.position]
        lines.append(_slip_line(line, said, decision, by_line[line.position]))
    return slip_text(_slip(sale, payment, receipt.number, receipt.seller_address, tenders, lines, by_bucket, is_voided))


def benefit_cents(tenders: list[Tender]) -> Counter[int]:
    """Line position -> cents of it that benefit cards paid."""
    found = Counter[int]()
    for tender in tenders:
        if tender.kind == Tender.Kind.BENEFIT:
            found.update({int(position): cents for position, cents in tender.line_weights.items()})
    return found


def zone_of(sale: TillSale) -> ZoneInfo:
    """Where the till stands."""
    store = sale.terminal.store
    return ZoneInfo(store.time_zone) if store else sale.session.merchant.zone


def _slip(
    sale: TillSale, payment: Payment, number: str, address: str, tenders: list[Tender], lines: list[SlipLine],
    by_bucket: Mapping[str, int], is_voided: bool,
) -> Slip:  # fmt: skip
    session, terminal = sale.session, sale.terminal
    return Slip(
        seller=session.merchant.name, address=address.splitlines(), place=terminal.store.name if terminal.store else "",
        terminal=terminal.label or terminal.serial, sale_number=sale.sale_number, receipt_number=number,
        sold_at=sale.sold_at.astimezone(zone_of(sale)), lines=lines, tax_cents=session.amount_tax_cents,
        total_cents=session.amount_total_cents, healthcare_cents=sum(t.approved_cents for t in tenders if t.kind == Tender.Kind.BENEFIT),
        bucket_cents=dict(by_bucket), is_offline=sale.is_offline, is_voided=is_voided, is_test=settings.IS_SANDBOX,
        footer=settings_of(session.merchant).receipt_footer,
        cards=[SlipCard(brand(t.network), t.account_kind, t.last4, t.auth_code, t.approved_cents) for t in tenders],
    )  # fmt: skip


def _slip_line(line: LineItem, said: Mapping[str, Any], decision: Decision, cents: int) -> SlipLine:
    mark = "E-LMN" if decision.letter and decision.status == "eligible" else MARKS[decision.status]
    return SlipLine(
        text=said["till_text"] or line.title, each=_each(line, said), subtotal_cents=line.subtotal_cents,
        discount_cents=line.discount_cents, mark=mark, benefit_cents=cents,
    )  # fmt: skip


def _each(line: LineItem, said: Mapping[str, Any]) -> str:
    """How the price came about, where it is not one piece at its price."""
    if (weight := said["weight_thousandths"]) is not None:
        return f"{weight // 1000}.{weight % 1000:03d} {said['weight_unit']} x {money(said['unit_price_cents'])}"
    return f"{line.quantity} x {money(line.unit_price_cents)}" if line.quantity > 1 else ""
