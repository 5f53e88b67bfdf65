"""What of an order may wait for a letter, on which card, and how a payment becomes one that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from checkout.errors import LetterHoldUnavailable
from checkout.legs import Payer
from checkout.models import CardReference, CheckoutSession, LetterHold, LineItem, Payment, Tender
from checkout.network.errors import NetworkTimeout, NetworkUnavailable
from checkout.services.spare_tokens import provision
from checkout.services.wallet import PaidWith, Wallet
from checkout.split import pending_split
from common.money import dollars
from merchants.services import record_events
from vault.audit.services import record_about


def waits_for_letter(session: CheckoutSession, lines: Sequence[LineItem]) -> bool:
    """May this order wait at all: does the merchant let it, is the shopper known, does an item need a letter?"""
    known = session.knows_shopper and session.shopper_id is not None
    return session.merchant.letter_hold_days > 0 and known and any(line.status == "letter" for line in lines)


def with_letters(*, session: CheckoutSession, lines: Sequence[LineItem], wallet: Wallet, fallback: str) -> Wallet:
    """The wallet with one more leg: the first benefit card that may hold money for items that need a letter. Raises
    LetterHoldUnavailable."""
    _refuse(session, lines)
    if fallback == LetterHold.Fallback.CARD and all(paid.split for paid in wallet.cards):
        raise LetterHoldUnavailable(
            "Without a letter another card is to pay, and there is none: add an ordinary card, or let the items be left out.",
            param="letter_hold",
        )
    if fallback == LetterHold.Fallback.CARD:
        _refuse_ceiling(wallet)
    for place, paid in enumerate(wallet.cards):
        if waiting := _waiting(paid, lines, session):
            first = [] if paid.split and not paid.split.benefit_cents else [paid]
            return replace(wallet, cards=(*wallet.cards[:place], *first, waiting, *wallet.cards[place + 1 :]))
    raise LetterHoldUnavailable(
        "No card here may hold money for these items: the plan of an FSA or HRA card wants every item checked at this store.",
        param="letter_hold",
    )


def _refuse(session: CheckoutSession, lines: Sequence[LineItem]) -> None:
    if not session.merchant.letter_hold_days:
        raise LetterHoldUnavailable("This store does not let orders wait for a letter.", param="letter_hold")
    if not (session.knows_shopper and session.shopper_id):
        raise LetterHoldUnavailable(
            "A letter is a person's: open the session with the `shopper` who is signed in.", param="letter_hold"
        )
    if not waits_for_letter(session, lines):
        raise LetterHoldUnavailable("Nothing in this order waits for a letter.", param="letter_hold")


def _refuse_ceiling(wallet: Wallet) -> None:
    """Weeks later the other card may have to pay for everything that waits: more than a shopper who gave it a ceiling agreed to."""
    for paid in wallet.cards:
        if not paid.split and paid.offer.limit_cents is not None:
            raise LetterHoldUnavailable(
                f"Without a letter the other card is to pay for the items that wait, and you limited it to {dollars(paid.offer.limit_cents)}.",
                param=paid.param, advice="Take the limit off this card, or let the items be left out if no letter comes.",
            )  # fmt: skip


def _waiting(paid: PaidWith, lines: Sequence[LineItem], session: CheckoutSession) -> PaidWith | None:
    """The card's leg for items without a letter. One that the shopper gave a ceiling keeps to it: it holds nothing more."""
    if paid.split is None or paid.offer.limit_cents is not None:
        return None
    split = pending_split(lines, session.merchant, paid.token.account_kind).without(paid.offer.kept_off)
    if not split.benefit_cents:
        return None
    may_carry = {line.position: line.benefit_cents for line in split.lines}
    return replace(paid, split=split, payer=Payer(may_carry), awaits_letter=True)


def card_references(session: CheckoutSession, wallet: Wallet) -> list[CardReference]:
    """The network's token of each card, so that the hold can be renewed and the other card charged. No transaction is open.

    They are good for this merchant alone, and the network ends them once the hold has ended, or the attempt came to none.
    """
    try:
        return [
            {
                "kind": str(paid.kind), "network": paid.token.network, "account_kind": paid.token.account_kind,
                "last4": paid.token.last4, "uses": [paid.token.public_id],
                "reference": str(paid.token.saved_card.token_reference)
                if paid.token.saved_card
                else provision(paid.card, merchant=session.merchant),
            }
            for paid in wallet.distinct
        ]  # fmt: skip
    except (NetworkUnavailable, NetworkTimeout) as down:
        raise LetterHoldUnavailable(
            "The card network gives no tokens just now, so that the order cannot wait for a letter.", param="letter_hold"
        ) from down


def begin_hold(
    *, payment: Payment, session: CheckoutSession, tenders: Sequence[Tender], fallback: str, references: list[CardReference]
) -> LetterHold:
    """Let an authorised payment wait for its letter, in the transaction that holds it."""
    waiting = [tender for tender in tenders if tender.awaits_letter and tender.approved_cents]
    sealed: Any = references  # a sealed column takes what its field seals, and its stubs know only text
    hold = LetterHold.objects.create(
        payment=payment, merchant=session.merchant, fallback=fallback, card_references=sealed,
        held_cents=sum(tender.approved_cents for tender in waiting),
        positions=sorted({int(position) for tender in waiting for position in tender.line_weights}),
        deadline_at=timezone.now() + timedelta(days=session.merchant.letter_hold_days),
    )  # fmt: skip
    record_about(hold, "begun", details={"payment": payment.public_id, "held_cents": hold.held_cents, "fallback": fallback})
    record_events(merchant=session.merchant, events=[("payment.awaiting_letter", payment.public_id, told_of(hold, session))])
    return hold


def told_of(hold: LetterHold, session: CheckoutSession) -> dict[str, object]:
    """`data` of the hold's events. Nothing about anybody's health is in it."""
    return {
        "session": session.public_id, "payment": hold.payment.public_id, "letter_hold": hold.public_id, "status": hold.status,
        "if_refused": hold.fallback, "line_items": hold.positions, "held_cents": hold.held_cents,
        "charged_to_other_card_cents": hold.charged_cents, "dropped_line_items": hold.dropped,
        "dropped_cents": hold.dropped_cents, "letters": sorted(set(hold.letters.values())),
        "deadline_at": hold.deadline_at.isoformat(), "client_reference_id": session.client_reference_id,
        "metadata": session.metadata,
    }  # fmt: skip
