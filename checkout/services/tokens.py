"""A typed card becomes a token: the number sealed for minutes, the security code only inside the token itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from checkout.errors import CardNumberInvalid, TokenInvalid
from checkout.models import CardToken, CheckoutSession, Tender
from checkout.network.cards import bin_for, luhn_ok
from checkout.network.types import Card
from merchants.models import Merchant
from vault.audit.deeds import about
from vault.audit.services import record, record_about, record_many
from vault.envelopes import seal, unseal
from vault.errors import SealBroken

PURPOSE = "card-security-code"
SEPARATOR = "."


def create_card_token(
    *, merchant: Merchant, number: str, exp_month: int, exp_year: int, cvc: str, session: str = ""
) -> tuple[CardToken, str]:
    """Seal a card for one payment; returns the row and the token's full text. With a session's id it pays that one only.

    The text is the row's id and, after a dot, the sealed security code. Only the browser holds it, so that the code is
    never written to disk on our side (PCI DSS 3.3).
    """
    digits = number.replace(" ", "").replace("-", "")
    _check(digits, exp_month, exp_year, cvc)
    known = bin_for(digits)
    if settings.IS_SANDBOX and known.account_kind == "unknown":
        raise CardNumberInvalid(
            "This is a sandbox: never type a real card here. Its test cards are at /test-cards/.", param="number"
        )
    with transaction.atomic():
        token = CardToken.objects.create(
            merchant=merchant, network=known.network, account_kind=known.account_kind, last4=digits[-4:],
            exp_month=exp_month, exp_year=exp_year, card_number=digits, session_id_text=session,
            expires_at=timezone.now() + timedelta(minutes=settings.CARD_TOKEN_TTL_MINUTES),
        )  # fmt: skip
        record_about(token, "created", fields=["card_number"], details={"session": session})
    return token, f"{token.public_id}{SEPARATOR}{seal(cvc, purpose=PURPOSE, owner=token.public_id)}"


def _check(digits: str, exp_month: int, exp_year: int, cvc: str) -> None:
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and luhn_ok(digits)):
        raise CardNumberInvalid("This card number has a typing error: check its digits.", param="number")
    today = timezone.now().date()
    yesterday = today - timedelta(days=1)
    if not 1 <= exp_month <= 12 or not today.year - 20 <= exp_year <= today.year + 30:
        raise CardNumberInvalid("Write the expiry date as it stands on the card, such as 09 / 29.", param="exp_month")
    if (exp_year, exp_month) < (yesterday.year, yesterday.month):  # good to the end of its month, in every zone
        raise CardNumberInvalid("This card has expired: use another one.", param="exp_year")
    if not (cvc.isascii() and cvc.isdigit() and len(cvc) in (3, 4)):
        raise CardNumberInvalid("The security code has 3 digits (4 on some cards).", param="cvc")


def open_tokens(*, session: CheckoutSession, texts: Mapping[str, str]) -> dict[str, tuple[CardToken, Card]]:
    """The session's merchant's unused tokens and the cards inside them, by the name of the parameter that brought each.

    texts: parameter -> token text; empty texts are left out. Raises TokenInvalid with the parameter.
    """
    given = {param: text.partition(SEPARATOR) for param, text in texts.items() if text}
    rows = CardToken.objects.filter(
        merchant=session.merchant, session_id_text__in=["", session.public_id], public_id__in=[public_id for public_id, _, _ in given.values()], used_at=None,
        expires_at__gt=timezone.now(), card_number__isnull=False,
    )  # fmt: skip
    known = {row.public_id: row for row in rows}
    return {param: _opened(known.get(public_id), envelope, param) for param, (public_id, _, envelope) in given.items()}


def _opened(row: CardToken | None, envelope: str, param: str) -> tuple[CardToken, Card]:
    if row is None or row.card_number is None:
        raise TokenInvalid(param=param)
    try:
        cvc = unseal(envelope, purpose=PURPOSE, owner=row.public_id, ttl_s=settings.CARD_TOKEN_TTL_MINUTES * 60)
    except SealBroken as error:
        raise TokenInvalid(param=param) from error
    return row, Card(pan=row.card_number, expiry_month=row.exp_month, expiry_year=row.exp_year, cvc=cvc, network=row.network)


def use_tokens(tokens: list[CardToken]) -> None:
    """Mark tokens used, in the caller's transaction; raises TokenInvalid if another payment was first."""
    used = CardToken.objects.filter(pk__in=[token.pk for token in tokens], used_at=None).update(used_at=timezone.now())
    if used != len(tokens):
        raise TokenInvalid()
    record_many(about(token, "used") for token in tokens)


@transaction.atomic
def erase_card_numbers() -> int:
    """Erase numbers that nothing needs any more: past their minutes, and no unanswered advice waits for them."""
    still_needed = Tender.objects.filter(
        Q(status=Tender.Status.PENDING) | Q(advices__acknowledged_at__isnull=True, advices__isnull=False)
    ).values("card_token_id")
    erased = (
        CardToken.objects.filter(card_number__isnull=False, expires_at__lt=timezone.now())
        .exclude(pk__in=still_needed)
        .update(card_number=None)
    )
    if erased:
        record(
            action="card_token.numbers_erased", subject="checkout.CardToken", subject_id="", fields=["card_number"],
            details={"count": erased},
        )  # fmt: skip
    return erased
