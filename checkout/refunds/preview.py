"""What a refund would do, to the cent, before anything moves; the refund itself takes the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from checkout.card_words import brand, kind_word
from checkout.models import LineItem, Payment, RefundLeg, RefundPart, Tender, TenderLine
from checkout.refunds.allocation import Asked, Card, Line, Share, share_out
from checkout.refunds.errors import NotRefundable
from checkout.selectors import lines_of
from common.money import allocate


@dataclass(frozen=True, slots=True)
class Preview:
    """What goes to which card and why; `refundable_cents` is what could still go back before it."""

    payment: Payment
    tenders: dict[int, Tender]
    lines: dict[int, LineItem]
    charged: tuple[Line, ...]
    shares: tuple[Share, ...]

    @property
    def refundable_cents(self) -> int:
        return sum(line.refundable_cents for line in self.charged)

    @property
    def amount_cents(self) -> int:
        return sum(share.amount_cents for share in self.shares)

    def cents_to(self, tender: int) -> int:
        return sum(share.amount_cents for share in self.shares if share.card_id == tender)


def preview_refund(*, payment: Payment, asked: Sequence[Asked] = (), amount_cents: int | None = None) -> Preview:
    """Share a wish out over the cards, changing nothing. Raises NotRefundable, RefundInvalid, RefundTooLarge."""
    if payment.status != Payment.Status.CAPTURED:
        raise NotRefundable(f"This payment is {payment.status}: only what was captured can be given back.")
    tenders = {tender.pk: tender for tender in payment.tenders.filter(status=Tender.Status.CAPTURED)}
    lines = lines_of(payment.session)
    known = charged_lines(payment, lines)
    cards = [Card(pk, tender.kind == Tender.Kind.BENEFIT, card_name(tender)) for pk, tender in tenders.items()]
    shares = share_out(cards, known, asked=asked, amount_cents=amount_cents)
    return Preview(
        payment=payment, tenders=tenders, lines={line.position: line for line in lines}, charged=tuple(known),
        shares=tuple(shares),
    )  # fmt: skip


def charged_lines(payment: Payment, lines: Sequence[LineItem]) -> list[Line]:
    """The payment's lines as refunds see them: what each card may still get back for each.

    What a bank has taken back already (a dispute) is not given back a second time. It names no lines, so each of the card's carries
    its part of it.
    """
    left: dict[tuple[int, int], int] = {}
    disputed: dict[int, int] = {}
    taken = TenderLine.objects.filter(tender__payment=payment).values("line", "tender", "tender__disputed_cents")
    for row in taken.annotate(cents=Sum("amount_cents")).order_by("tender", "line"):
        left[row["line"], row["tender"]] = row["cents"]
        disputed[row["tender"]] = row["tender__disputed_cents"]
    given = RefundPart.objects.filter(leg__refund__payment=payment).exclude(leg__status=RefundLeg.Status.FAILED)
    for returned in given.values("line", "leg__tender").annotate(cents=Sum("amount_cents")):
        left[returned["line"], returned["leg__tender"]] -= returned["cents"]
    for tender, cents in disputed.items():
        keys = [key for key in left if key[1] == tender]
        for key, part in zip(keys, allocate(cents, [left[key] for key in keys]), strict=True):
            left[key] -= part
    units_charged, units_returned = _units_charged(payment, lines), _units_returned(payment)
    return [
        Line(
            position=line.position, title=line.title, quantity=line.quantity, total_cents=line.total_cents,
            left_cents={tender: cents for (row, tender), cents in left.items() if row == line.pk and cents},
            units_charged=units_charged[line.position], units_returned=units_returned.get(line.position, 0),
        )
        for line in lines
    ]  # fmt: skip


def _units_charged(payment: Payment, lines: Sequence[LineItem]) -> dict[int, int]:
    """Position -> units charged so far. A payment captured whole has charged all."""
    if payment.captured_cents == payment.amount_cents:
        return {line.position: line.quantity for line in lines}
    counted = {line.position: 0 for line in lines}
    for capture in payment.captures.all():
        for position, units in capture.shipped.items():
            counted[int(position)] += units
    return counted


def _units_returned(payment: Payment) -> dict[int, int]:
    counted: dict[int, int] = {}
    for refund in payment.refunds.exclude(status="failed"):
        for position, units in refund.returned.items():
            counted[int(position)] = counted.get(int(position), 0) + units
    return counted


def card_name(tender: Tender) -> str:
    return f"{brand(tender.network)} {kind_word(tender.account_kind)} …{tender.last4}"
