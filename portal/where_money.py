"""“Where is my money?”: one sale from the card to the merchant's bank, each step with its time, amount and reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from checkout.booked import entry_references
from checkout.card_words import brand, kind_word
from checkout.models import ClearingCase, ClearingLine, NetworkAdvice, Payment, Tender
from checkout.pages.words import status_word
from common.money import dollars
from ledger.models import Entry
from treasury.models import Payout, SettledLine

Kind = NetworkAdvice.Kind
NAMES = {Kind.COMPLETION: "charge", Kind.REFUND: "refund", Kind.REVERSAL: "release"}


@dataclass(frozen=True, slots=True)
class Step:
    """at: None for what has not happened yet; then `text` says by when it is expected, in words to read out on the phone."""

    title: str
    at: datetime | None = None
    text: str = ""
    cents: int | None = None
    reference: str = ""
    tone: str = ""


def steps_of(payment: Payment) -> list[Step]:
    """What happened, oldest first; then what has not happened yet."""
    tenders = list(payment.tenders.prefetch_related("advices__cleared_by__file").order_by("position"))
    done = [
        Step(
            "The shopper’s order was opened",
            payment.session.created_at,
            cents=payment.session.amount_total_cents,
            reference=payment.session.public_id,
        )
    ]
    for tender in tenders:
        done.append(_asked(tender))
    done += [
        Step("Captured: the card is charged for good", capture.created_at, cents=capture.amount_cents, reference=capture.public_id, tone="good")
        for capture in payment.captures.order_by("number")
    ]  # fmt: skip
    done += _booked(payment)
    advices = [advice for tender in tenders for advice in tender.advices.all()]
    done += [step for advice in advices for step in _cleared(advice)]
    done += list(_cases(advices))
    done += list(_refunded(payment))
    done += list(_disputed(payment))
    done += money_after_clearing(payment)
    steps = [*sorted((step for step in done if step.at), key=_when), *(step for step in done if step.at is None)]
    return [*steps, *_not_yet(payment, advices)]


def money_after_clearing(payment: Payment) -> list[Step]:
    """Settled, paid out, arrived at the merchant's bank."""
    lines = SettledLine.objects.filter(payment=payment).select_related("settlement").order_by("pk")
    steps = [_settled(line) for line in lines]
    newest = max((line.settlement.created_at for line in lines), default=None)
    if newest is None:
        return steps
    payout = Payout.objects.filter(merchant_id=payment.merchant_id, created_at__gte=newest).exclude(
        status__in=[Payout.Status.FAILED, Payout.Status.CANCELLED]
    ).order_by("pk").first()  # fmt: skip
    return [*steps, *(_paid_out(payout) if payout else [_not_paid_out()])]


def _settled(line: SettledLine) -> Step:
    fee = f"less a fee of {dollars(line.fee_cents)}" if line.fee_cents > 0 else ""
    return Step(
        f"{line.get_kind_display()} settled: the merchant’s to take", line.settlement.created_at, fee, line.amount_cents,
        line.settlement.public_id, "good",
    )  # fmt: skip


def _paid_out(payout: Payout) -> Iterator[Step]:
    """The first payout after the settlement; it brings more than this one sale."""
    where = f"to the account ending in {payout.bank_account.last4}, with other sales"
    yield Step("Payout asked for", payout.created_at, where, payout.amount_cents, payout.public_id)
    if payout.sent_at:
        yield Step("Payout taken by our bank", payout.sent_at, reference=payout.transfer.public_id)
    if payout.paid_at:
        yield Step("Payout left our bank", payout.paid_at, "their own bank may take a day more to show it", tone="good")
    elif payout.status == Payout.Status.RETURNED:
        yield Step("Payout returned by the merchant’s bank", payout.ended_at, payout.failure_message, tone="fault")
    else:
        by = f"expected by {payout.expected_on:%-d %B}" if payout.expected_on else "expected with the next run to the bank"
        yield Step("Payout arrives", None, by)


def _not_paid_out() -> Step:
    return Step(
        "Paid out to the merchant", None, "not yet: no payout was asked for since it settled, and the money is on the balance"
    )


def _when(step: Step) -> datetime:
    assert step.at is not None
    return step.at


def _asked(tender: Tender) -> Step:
    word, tone = status_word(tender)
    card = f"{brand(tender.network)} {kind_word(tender.account_kind)} ending {tender.last4}"
    text = f"Approved {_code(tender)}" if tender.approved_cents else tender.message or "Its bank approved nothing."
    if 0 < tender.approved_cents < tender.requested_cents:
        text += " for a part of what was asked; another card was asked for the rest"
    return Step(
        f"{card}: {word.lower()}", tender.created_at, text, tender.approved_cents or tender.requested_cents, tender.rrn, tone
    )


def _code(tender: Tender) -> str:
    return f"by its bank, code {tender.auth_code}" if tender.auth_code else "by its bank"


def _booked(payment: Payment) -> list[Step]:
    """What the book moved in the merchant's own accounts. What only moves between them is another page's."""
    entries = Entry.objects.filter(reference__in=entry_references(payment)).prefetch_related("legs__account").order_by("pk")
    steps = []
    for entry in entries:
        cents = -sum(leg.amount_cents for leg in entry.legs.all() if leg.account.merchant_id is not None)
        title = "Booked to the merchant’s balance" if cents >= 0 else "Taken from the merchant’s balance"
        if cents:
            steps.append(Step(title, entry.posted_at, entry.description, cents, entry.public_id, "good" if cents > 0 else "warn"))
    return steps


def _cleared(advice: NetworkAdvice) -> Iterator[Step]:
    name, cents, rrn = NAMES[Kind(advice.kind)], advice.amount_cents, advice.rrn
    if advice.is_refused:
        text = f"Answer {advice.response_code}: a person looks into it."
        yield Step(f"The card network refused the {name}", advice.acknowledged_at or advice.created_at, text, cents, rrn, "fault")
    elif advice.acknowledged_at:
        yield Step(f"The card network took note of the {name}", advice.acknowledged_at, cents=cents, reference=rrn)
    for line in advice.cleared_by.all():
        yield _line_step(line, name)


def _line_step(line: ClearingLine, name: str) -> Step:
    text = f"Stands in the network’s file {line.file.name} of {line.file.business_on:%B %-d}."
    return Step(
        f"Cleared by the card network: {name}",
        line.cleared_at,
        text,
        line.amount_cents,
        line.network_reference or line.rrn,
        "good",
    )


def _cases(advices: Iterable[NetworkAdvice]) -> Iterator[Step]:
    for case in ClearingCase.objects.filter(advice__in=list(advices)).order_by("pk"):
        title = f"A difference to the network’s file: {case.get_kind_display()}"
        text = "Open: a person of risk looks into it." if case.is_open else f"Settled: {case.reason}"
        yield Step(title, case.opened_at, text, case.difference_cents, case.public_id, "warn" if case.is_open else "")


def _refunded(payment: Payment) -> Iterator[Step]:
    for refund in payment.refunds.order_by("pk"):
        yield Step(
            "The merchant gave money back",
            refund.created_at,
            refund.get_reason_display().capitalize(),
            refund.amount_cents,
            refund.public_id,
        )
        if refund.settled_at:
            went = refund.amount_cents - refund.failed_cents
            text = (
                "The card’s bank shows it within 5 to 10 working days."
                if went
                else "The card network would not take it: it stays with the merchant."
            )
            yield Step(
                "The refund left for the card", refund.settled_at, text, went, refund.public_id, "good" if went else "fault"
            )


def _disputed(payment: Payment) -> Iterator[Step]:
    for dispute in payment.disputes.order_by("pk"):
        text = f"{dispute.get_kind_display().capitalize()}, reason {dispute.reason_code}. State: {dispute.get_status_display().lower()}."
        yield Step(
            "The card’s bank disputes the charge", dispute.opened_at, text, dispute.amount_cents, dispute.case_number, "warn"
        )
        if dispute.closed_at:
            title = f"The dispute ended: {dispute.get_status_display()}"
            yield Step(title, dispute.closed_at, cents=dispute.debited_cents, reference=dispute.case_number)


def _not_yet(payment: Payment, advices: Iterable[NetworkAdvice]) -> Iterator[Step]:
    """What is still to come, with a day on which somebody may ask again."""
    if payment.status == Payment.Status.PROCESSING:
        text = "A bank is being asked. This takes a minute at most; after that what is held is let go by itself."
        yield Step("Not decided yet", text=text)
    if payment.status == Payment.Status.AUTHORISED:
        text = "The cards hold the money until the merchant ships. "
        text += f"What it has not taken by {_day(payment.session.expires_at)} is let go."
        yield Step("Not captured yet", text=text, cents=payment.amount_cents - payment.captured_cents)
    for advice in advices:
        if advice.kind == Kind.REVERSAL and not advice.acknowledged_at:
            text = "The card network is told again and again until it answers; the card’s bank then frees the money within days."
            yield Step("Not let go yet", text=text, cents=advice.amount_cents, reference=advice.rrn)
        elif advice.kind != Kind.REVERSAL and not advice.cleared_by.all() and not advice.is_refused:
            yield _awaited(advice)
    if payment.captured_cents and not money_after_clearing(payment):
        text = "It stays in the merchant’s balance until a payout takes it: none is on record for this sale."
        cents = payment.captured_cents - payment.refunded_cents
        yield Step("Not paid out to the merchant’s bank yet", text=text, cents=cents)


def _awaited(advice: NetworkAdvice) -> Step:
    due = advice.created_at + timedelta(days=settings.CLEARING_LATE_DAYS)
    is_late = due < timezone.now()
    expected = f"in the network’s file by {_day(due)}"
    text = f"It was expected {expected}: tell risk." if is_late else f"Expected {expected}, at weekends later."
    title = f"Not cleared yet: {NAMES[Kind(advice.kind)]}"
    return Step(title, text=text, cents=advice.amount_cents, reference=advice.rrn, tone="fault" if is_late else "")


def _day(at: datetime) -> str:
    return f"{timezone.localtime(at):%B %-d}"
