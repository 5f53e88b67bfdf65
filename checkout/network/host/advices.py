"""What an advice does to the book: nothing is asked of the issuer, the host only refuses the impossible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checkout.network import responses
from checkout.network.host.book import Book, Holding
from checkout.network.iso8583 import Message
from checkout.network.messages import REFUND


@dataclass(frozen=True, slots=True)
class Effect:
    """What one advice changes; see `facts.Advised`."""

    response_code: str
    completed_cents: int = 0
    released_cents: int = 0
    refunded_cents: int = 0
    cancels: bool = False


def advice_kind(message: Message) -> str:
    """completion, refund or reversal."""
    if message["t"].startswith("04"):
        return "reversal"
    return "refund" if message["3"] == REFUND else "completion"


def effect_of(
    message: Message, *, own_key: str, original_key: str, holding: Holding | None, book: Book, today: date | None = None
) -> Effect:
    """What the advice changes, given the authorisation it is about. today: a completion of an earlier day is cleared."""
    amount_cents, original_type = int(message["4"]), message["90"][:4]
    kind = advice_kind(message)
    if kind == "reversal":
        if original_type == "0100":
            return _reverse_authorisation(amount_cents, holding)
        if original_type in ("0220", "0221"):
            return _reverse_advice(original_key, holding, book, today)
        return Effect(responses.INVALID_TRANSACTION)
    if book.is_cancelled(own_key):
        return Effect(responses.TOO_LATE)
    if holding is None:
        return Effect(responses.ORIGINAL_NOT_FOUND)
    return _refund(amount_cents, holding) if kind == "refund" else _complete(amount_cents, holding, book)


def _reverse_authorisation(amount_cents: int, holding: Holding | None) -> Effect:
    """An unknown original is acknowledged: the reversal may have overtaken it. It is refused then."""
    if holding is None:
        return Effect(responses.APPROVED, cancels=True)
    released_cents = min(amount_cents, holding.held_cents)
    nothing_left = holding.completed_cents == 0 and released_cents == holding.held_cents
    return Effect(responses.APPROVED, released_cents=released_cents, cancels=nothing_left)


def _reverse_advice(original_key: str, holding: Holding | None, book: Book, today: date | None) -> Effect:
    """Takes a completion or refund back: the money is held, or completed, as before. Once its day is over it has been cleared."""
    original = book.advices.get(original_key)
    if original is None or holding is None or book.is_cancelled(original_key):
        return Effect(responses.APPROVED, cancels=True)
    if today and original.at[:10] < today.isoformat():
        return Effect(responses.TOO_LATE)
    if original.completed_cents > holding.completed_cents - holding.refunded_cents:
        return Effect(responses.INVALID_AMOUNT)  # refunded meanwhile
    return Effect(
        responses.APPROVED,
        completed_cents=-original.completed_cents,
        refunded_cents=-original.refunded_cents,
        cancels=True,
    )


def _complete(amount_cents: int, holding: Holding, book: Book) -> Effect:
    if holding.authorised.approved_cents == 0 or book.is_cancelled(holding.authorised.key):
        return Effect(responses.INVALID_TRANSACTION)
    if amount_cents > holding.held_cents:
        return Effect(responses.INVALID_AMOUNT)
    return Effect(responses.APPROVED, completed_cents=amount_cents)


def _refund(amount_cents: int, holding: Holding) -> Effect:
    if amount_cents > holding.completed_cents - holding.refunded_cents:
        return Effect(responses.INVALID_AMOUNT)
    return Effect(responses.APPROVED, refunded_cents=amount_cents)
