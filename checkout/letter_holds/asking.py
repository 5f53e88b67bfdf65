"""One more question to a bank about an order that waits: on record before it is sent, and let go if nobody hears the answer."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from checkout.answers import record_answer
from checkout.identity import identity_of, reference_of
from checkout.locking import lock_session
from checkout.models import CardReference, CardToken, CheckoutSession, LetterHold, Tender
from checkout.network.acquirer import acquirer
from checkout.network.tokens import token_service
from checkout.network.types import (
    AuthorisationRequest,
    AuthorisationResult,
    Card,
    HealthcareAmounts,
    NetworkReferenceInUse,
    NetworkTimeout,
    NetworkUnavailable,
    StoredCredential,
)
from checkout.references import next_references
from checkout.services.release import release_tenders, reverse_again
from vault.errors import CustodianUnavailable
from vault.keyring import require_open


def note_question(hold: LetterHold, session: CheckoutSession, card: CardReference, *, cents: int, like: Tender | None, weights: dict[str, int]) -> Tender:  # fmt: skip
    """Put the question on record, in the transaction that holds the session and this hold.

    card: one of the hold's `card_references`. like: the charge that it renews.
    """
    with contextlib.suppress(CustodianUnavailable):
        require_open(session.merchant_id)
    now, (reference,) = timezone.now(), next_references(1)
    used = CardToken.objects.filter(public_id__in=card["uses"]).order_by("-pk")[0]
    token = CardToken.objects.create(
        merchant=session.merchant, network=card["network"], account_kind=card["account_kind"], last4=card["last4"],
        exp_month=used.exp_month, exp_year=used.exp_year, session_id_text=session.public_id, used_at=now,
        expires_at=now + timedelta(minutes=settings.CARD_TOKEN_TTL_MINUTES),
    )  # fmt: skip
    tender = Tender.objects.create(
        payment=hold.payment, position=hold.payment.tenders.count(), kind=card["kind"], card_token=token,
        network=card["network"], account_kind=card["account_kind"], last4=card["last4"], requested_cents=cents,
        line_weights=weights, acceptor=asdict(identity_of(session.merchant)),
        healthcare=like.healthcare if like else {}, is_substantiated=bool(like and like.is_substantiated),
        awaits_letter=bool(like and like.awaits_letter), stan=reference.stan, rrn=reference.rrn,
        transmitted_at=reference.transmitted_at,
    )  # fmt: skip
    card["uses"].append(str(token.public_id))  # the hold's own entry of this card
    hold.asking, hold.asking_since = tender, now
    hold.save(update_fields=["asking", "asking_since", "card_references"])
    return tender


def send_question(tender: Tender, card: CardReference, session: CheckoutSession) -> AuthorisationResult | None:
    """Ask; None if nobody answered. No transaction is open."""
    parts = dict(tender.healthcare)
    total = parts.pop("total", 0)
    try:
        token = token_service().token(card["reference"])
        request = AuthorisationRequest(
            reference=reference_of(tender), card=Card(token.number, token.exp_month, token.exp_year, None, card["network"]),
            amount_cents=tender.requested_cents, merchant=identity_of(session.merchant),
            healthcare=HealthcareAmounts(total_cents=total, **{f"{name}_cents": cents for name, cents in parts.items()})
            if total
            else None,
            substantiated=tender.is_substantiated, partial_allowed=False, stored=_stored(tender, card),
        )  # fmt: skip
        if not connection.in_atomic_block:
            connection.close()
        return acquirer().authorise(request)
    except (NetworkTimeout, NetworkUnavailable, NetworkReferenceInUse):
        return None


def _stored(tender: Tender, card: CardReference) -> StoredCredential | None:
    """That nobody is there, and by which charge, or verification, the holder agreed to this one."""
    same = Tender.objects.filter(
        payment_id=tender.payment_id, card_token__public_id__in=card["uses"], position__lt=tender.position
    )
    first = same.exclude(network_reference="").order_by("position").values_list("network_reference", flat=True).first()
    original = str(first or card.get("verified_by", ""))
    return (
        StoredCredential("merchant", "card_on_file", original=original) if original else None
    )  # a hold from before verifications


def answered_in_full(tender: Tender, result: AuthorisationResult | None) -> bool:
    return result is not None and result.outcome != "declined" and result.approved_cents >= tender.requested_cents


def note_answer(hold: LetterHold, tender: Tender, result: AuthorisationResult | None) -> bool:
    """Write down what the bank said, in the transaction that holds the session; True if it holds all that was asked for.

    Anything less is let go of. Raises PaymentOvertaken if somebody ended the question meanwhile.
    """
    hold.asking, hold.asking_since = None, None
    hold.failed_count += result is None
    hold.save(update_fields=["asking", "asking_since", "failed_count"])
    if result is None:
        release_tenders([tender])
        return False
    is_whole = answered_in_full(tender, result)
    record_answer(tender, result)
    if not is_whole:
        release_tenders([tender])
    return is_whole


@transaction.atomic
def give_up_question(hold: LetterHold) -> bool:
    """End a question whose asker died: what it may hold is let go of. False if it was answered meanwhile."""
    lock_session(hold.payment.session_id)
    current = LetterHold.objects.select_for_update(of=("self",)).select_related("asking").get(pk=hold.pk)
    limit = timezone.now() - timedelta(seconds=settings.SALE_DEADLINE_S)
    if current.asking is None or current.asking_since is None or current.asking_since > limit:
        return False
    release_tenders([current.asking])
    LetterHold.objects.filter(pk=current.pk).update(asking=None, asking_since=None, failed_count=current.failed_count + 1)
    return True


def overtaken(tender: Tender, result: AuthorisationResult | None) -> None:
    """The question was ended while its bank thought: its reversal is sent once more, behind the answer."""
    if result is not None:
        reverse_again(tender=tender, answer=result)
