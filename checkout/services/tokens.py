"""A typed card becomes a token: the number sealed for minutes, the security code only inside the token itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from checkout.bins import bin_for
from checkout.errors import CardNumberInvalid, TokenInvalid
from checkout.models import CardToken, CheckoutSession, SavedCard, Tender
from checkout.network.cards import luhn_ok
from checkout.network.types import Card
from merchants.models import Merchant
from vault.audit.deeds import about
from vault.audit.services import record, record_about, record_many
from vault.envelopes import seal, unseal
from vault.errors import SealBroken

PURPOSE = "card-security-code"
SEPARATOR = "."


def create_card_token(
    *, merchant: Merchant, number: str, exp_month: int, exp_year: int, cvc: str, session: str = "", is_present: bool = False
) -> tuple[CardToken, str]:
    """Seal a card for one payment; returns the row and the token's full text. With a session's id it pays that one only.

    is_present: a till's reader has read it, and nobody has typed its security code; it pays at a till alone.

    The text is the row's id and, after a dot, the sealed security code. Only the browser holds it, so that the code is
    never written to disk on our side (PCI DSS 3.3).
    """
    digits = number.replace(" ", "").replace("-", "")
    _check(digits, exp_month, exp_year, cvc, needs_cvc=not is_present)
    known = bin_for(digits)
    if settings.IS_SANDBOX and not known.is_listed:
        raise CardNumberInvalid(
            "This is a sandbox: never type a real card here. Its test cards are at /test-cards/.", param="number"
        )
    with transaction.atomic():
        token = CardToken.objects.create(
            merchant=merchant, network=known.network, account_kind=known.account_kind, last4=digits[-4:],
            exp_month=exp_month, exp_year=exp_year, card_number=digits, session_id_text=session, is_present=is_present,
            expires_at=timezone.now() + timedelta(minutes=settings.CARD_TOKEN_TTL_MINUTES),
        )  # fmt: skip
        record_about(token, "created", fields=["card_number"], details={"session": session})
    return token, f"{token.public_id}{SEPARATOR}{seal(cvc, purpose=PURPOSE, owner=token.public_id)}"


def _check(digits: str, exp_month: int, exp_year: int, cvc: str, *, needs_cvc: bool = True) -> None:
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and luhn_ok(digits)):
        raise CardNumberInvalid("This card number has a typing error: check its digits.", param="number")
    today = timezone.now().date()
    yesterday = today - timedelta(days=1)
    if not 1 <= exp_month <= 12 or not today.year - 20 <= exp_year <= today.year + 30:
        raise CardNumberInvalid("Write the expiry date as it stands on the card, such as 09 / 29.", param="exp_month")
    if (exp_year, exp_month) < (yesterday.year, yesterday.month):  # good to the end of its month, in every zone
        raise CardNumberInvalid("This card has expired: use another one.", param="exp_year")
    if not needs_cvc and not cvc:
        return
    if not (cvc.isascii() and cvc.isdigit() and len(cvc) in (3, 4)):
        raise CardNumberInvalid("The security code has 3 digits (4 on some cards).", param="cvc")


def open_tokens(*, session: CheckoutSession, texts: Mapping[str, str]) -> dict[str, tuple[CardToken, Card]]:
    """The session's merchant's unused tokens and the cards inside them, by the name of the parameter that brought each.

    texts: parameter -> token text; empty texts are left out. Raises TokenInvalid with the parameter, also for a card that was
    read at a till and shall pay online, or the other way round.
    """
    at_till = session.channel == CheckoutSession.Channel.POS
    given = {param: text.partition(SEPARATOR) for param, text in texts.items() if text}
    rows = CardToken.objects.filter(
        merchant=session.merchant, session_id_text__in=["", session.public_id], public_id__in=[public_id for public_id, _, _ in given.values()], used_at=None,
        expires_at__gt=timezone.now(), card_number__isnull=False,
    )  # fmt: skip
    known = {row.public_id: row for row in rows}
    return {
        param: _opened(known.get(public_id), envelope, param, at_till=at_till)
        for param, (public_id, _, envelope) in given.items()
    }


def _opened(row: CardToken | None, envelope: str, param: str, *, at_till: bool) -> tuple[CardToken, Card]:
    if row is None or row.card_number is None:
        raise TokenInvalid(param=param)
    if row.is_present != at_till:
        made_by = "its till, by its card_tokens" if at_till else "the card form of this sale; a till’s card pays at a till"
        raise TokenInvalid(f"This token is not of a card for this sale: make it with {made_by}.", param=param)
    try:
        cvc = unseal(envelope, purpose=PURPOSE, owner=row.public_id, ttl_s=settings.CARD_TOKEN_TTL_MINUTES * 60)
    except SealBroken as error:
        raise TokenInvalid(param=param) from error
    return row, Card(
        pan=row.card_number,
        expiry_month=row.exp_month,
        expiry_year=row.exp_year,
        cvc=cvc or None,
        network=row.network,
        is_present=row.is_present,
    )


def use_tokens(tokens: list[CardToken]) -> None:
    """Mark tokens used, in the caller's transaction; raises TokenInvalid if another payment was first. A saved card's use is stored here."""
    typed = [token for token in tokens if token.saved_card_id is None]
    used = CardToken.objects.filter(pk__in=[token.pk for token in typed], used_at=None).update(used_at=timezone.now())
    if used != len(typed):
        raise TokenInvalid()
    for token in tokens:
        if token.saved_card_id:
            token.used_at = timezone.now()
            token.save(force_insert=True)
            SavedCard.objects.filter(pk=token.saved_card_id).update(last_used_at=token.used_at)
    record_many(about(token, "used") for token in tokens)


@transaction.atomic
def erase_card_numbers() -> int:
    """Erase numbers that nothing needs any more: past their minutes, and no unanswered advice waits for them."""
    still_needed = Tender.objects.filter(
        Q(status=Tender.Status.PENDING) | Q(advices__acknowledged_at__isnull=True, advices__isnull=False)
    ).values("card_token_id")
    to_be_kept = SavedCard.objects.filter(status=SavedCard.Status.PENDING).values(
        "typed_as_id"
    )  # for minutes, until its token is there
    erased = (
        CardToken.objects.filter(card_number__isnull=False, expires_at__lt=timezone.now())
        .exclude(pk__in=still_needed)
        .exclude(pk__in=to_be_kept)
        .update(card_number=None)
    )
    if erased:
        record(
            action="card_token.numbers_erased", subject="checkout.CardToken", subject_id="", fields=["card_number"],
            details={"count": erased},
        )  # fmt: skip
    return erased
