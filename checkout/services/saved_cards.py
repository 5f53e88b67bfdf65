"""Cards that shoppers let a store keep: by the network's token, as far as they agreed, until they delete them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from checkout import errors
from checkout.consents import is_known
from checkout.models import CardToken, CheckoutSession, NetworkAdvice, SavedCard, SubscriptionCard, Tender
from checkout.network.errors import NetworkTimeout, NetworkUnavailable
from checkout.network.tokens import TokenState, token_service
from checkout.network.types import Card
from checkout.services.token_use import end_token
from merchants.services import record_events
from vault.audit.services import record_about

logger = logging.getLogger(__name__)
SWEEP = 200
GIVE_UP_AFTER = timedelta(hours=1)  # then the number must go, whether the network gave a token for it or not
CHECK_EVERY = timedelta(days=1)
HELD = {Tender.Status.APPROVED, Tender.Status.CAPTURED}


@dataclass(frozen=True, slots=True)
class Consent:
    """What the shopper agreed to: a version of our text (`checkout.consents`) and what it covers."""

    version: str
    covers: str


def open_saved_card(
    *, session: CheckoutSession, public_id: str, param: str, is_off_session: bool = False
) -> tuple[CardToken, Card]:
    """A use of a saved card, not yet stored, and the card as the network takes it.

    It must be this merchant's and its shopper's, and the store must have said that this shopper is signed in there.
    is_off_session: the shopper is not there, so their consent must cover renewals.
    """
    row = None
    if public_id and session.knows_shopper and session.shopper_id:
        mine = SavedCard.objects.filter(merchant=session.merchant, shopper_id=session.shopper_id, status=SavedCard.Status.ACTIVE)
        row = mine.filter(public_id=public_id).first()
    if row is None:
        raise errors.SavedCardUnknown(param=param)
    if is_off_session and row.consent_covers != SavedCard.Covers.SUBSCRIPTIONS:
        raise errors.ConsentMissing(param=param)
    try:
        token = token_service().token(str(row.token_reference))
    except (NetworkUnavailable, NetworkTimeout) as down:
        raise errors.NetworkDown(
            "The card network cannot be reached just now. Nothing was charged.", param=param, advice="Type the card instead."
        ) from down
    use = CardToken(
        merchant=session.merchant, saved_card=row, network=row.network, account_kind=row.account_kind, last4=row.last4,
        exp_month=row.exp_month, exp_year=row.exp_year, card_number=token.number, session_id_text=session.public_id,
        expires_at=timezone.now() + timedelta(minutes=settings.CARD_TOKEN_TTL_MINUTES),
    )  # fmt: skip
    return use, Card(token.number, token.exp_month, token.exp_year, None, row.network)


def keep_cards(*, session: CheckoutSession, consents: Iterable[tuple[CardToken, Consent | None, str]]) -> None:
    """Note which typed cards shall be kept once they have paid, in the caller's transaction. A saved one is kept already."""
    now = timezone.now()
    for token, consent, param in consents:
        if consent is None or token.saved_card_id:
            continue
        if not is_known(consent.version, consent.covers):
            raise errors.ConsentUnknown(param=param)
        if not session.knows_shopper or session.shopper_id is None:  # anybody can type an address, also a stranger's
            raise errors.ShopperNeeded(param=param)
        row = SavedCard.objects.create(
            merchant=session.merchant, shopper_id=session.shopper_id, typed_as=token, network=token.network,
            account_kind=token.account_kind, last4=token.last4, exp_month=token.exp_month, exp_year=token.exp_year,
            consent_version=consent.version, consent_covers=consent.covers, consented_at=now,
        )  # fmt: skip
        record_about(row, "consented", details={"version": consent.version, "covers": consent.covers})


def finish_saved_cards() -> int:
    """Turn each card whose first charge was approved into a token, drop those that did not pay, and end the tokens of deleted
    ones; returns how many were settled. Safe to repeat and beside itself."""
    pending = SavedCard.objects.select_related("typed_as", "merchant", "shopper").filter(status=SavedCard.Status.PENDING)
    deleted = SavedCard.objects.filter(status=SavedCard.Status.DELETED, token_reference__isnull=False)
    return sum(_finish(row) for row in pending.order_by("pk")[:SWEEP]) + sum(_end(row) for row in deleted[:SWEEP])


def _finish(row: SavedCard) -> bool:
    statuses = set(Tender.objects.filter(card_token=row.typed_as).values_list("status", flat=True))
    if Tender.Status.PENDING in statuses:
        return False  # its bank is being asked
    number = row.typed_as.card_number
    if not statuses & HELD or number is None or row.created_at < timezone.now() - GIVE_UP_AFTER:
        return _drop(row)
    card = Card(number, row.exp_month, row.exp_year, None, row.network)
    try:
        reference = token_service().provision(card, acceptor_id=row.merchant.card_acceptor_id)
    except (NetworkUnavailable, NetworkTimeout):
        logger.warning("no network token for %s yet", row.public_id)
        return False
    if _activate(row, reference):
        return True
    with contextlib.suppress(
        NetworkUnavailable, NetworkTimeout
    ):  # somebody else has settled the row: nothing may rest on the token
        end_token(reference=reference, merchant_id=row.merchant_id, network=row.network, last4=row.last4)
    return False


@transaction.atomic
def _activate(row: SavedCard, reference: str) -> bool:
    """The token is there: from now on it stands for the card, whose number goes. The same card saved before gives way to it, and
    its subscriptions go on with the new one; unless it alone may pay renewals: then it stays, and the new one goes."""
    locked = SavedCard.objects.select_for_update().filter(pk=row.pk, status=SavedCard.Status.PENDING).first()
    if locked is None:
        return False
    older = _same_card(locked, reference)
    wider = next((row for row in older if row.covers_renewals), None)
    if wider is not None and not locked.covers_renewals:
        _erase_number(locked)
        _tell(wider, "payment_method.saved")
        return _drop(locked, why="The same card is kept already, with consent to renewals too.")
    for row in older:
        _give_way(row, to=locked)
    locked.token_reference, locked.status, locked.checked_at = reference, SavedCard.Status.ACTIVE, timezone.now()
    locked.save(update_fields=["token_reference", "status", "checked_at"])
    _erase_number(locked)
    record_about(locked, "saved", fields=["token_reference"])
    _tell(locked, "payment_method.saved")
    return True


def _same_card(row: SavedCard, reference: str) -> list[SavedCard]:
    """The shopper's rows of the very same card, held, so that nobody names one for a subscription meanwhile."""
    alike = SavedCard.objects.select_for_update(of=("self",)).select_related("shopper", "merchant").filter(
        shopper_id=row.shopper_id, status=SavedCard.Status.ACTIVE, network=row.network, last4=row.last4
    )  # fmt: skip
    return [older for older in alike.order_by("pk") if older.token_reference == reference]


def _give_way(older: SavedCard, *, to: SavedCard) -> None:
    """Subscriptions go on with the card as it is saved now. Its new charge is what their agreement rests on from here."""
    named = SubscriptionCard.objects.filter(saved_card=to).values("subscription")
    SubscriptionCard.objects.filter(saved_card=older).exclude(subscription__in=named).update(saved_card=to)
    _mark_deleted(older, keeps_token=False)


def _erase_number(row: SavedCard) -> None:
    waits = NetworkAdvice.objects.filter(tender__card_token_id=row.typed_as_id, acknowledged_at=None)
    if not waits.filter(tender__network_reference="").exists():
        CardToken.objects.filter(pk=row.typed_as_id).update(card_number=None)


@transaction.atomic
def _drop(row: SavedCard, why: str = "The card did not pay, or the network gave no token.") -> bool:
    record_about(row, "not_kept", details={"reason": why})
    deleted, _ = SavedCard.objects.filter(pk=row.pk, status=SavedCard.Status.PENDING).delete()
    return bool(deleted)


def delete_saved_card(*, card: SavedCard) -> bool:
    """Forget a saved card: no sale can use it any more, and its token ends. Returns False if it was gone."""
    with transaction.atomic():
        locked = (
            SavedCard.objects.select_for_update()
            .filter(pk=card.pk, status__in=[SavedCard.Status.ACTIVE, SavedCard.Status.UNUSABLE])
            .first()
        )
        if locked is None:
            return False
        _mark_deleted(locked, keeps_token=locked.token_reference is not None)
        record_about(locked, "deleted")
        _tell(locked, "payment_method.deleted")
    return True


def _mark_deleted(row: SavedCard, *, keeps_token: bool) -> None:
    """keeps_token: until the network has ended it."""
    row.status, row.deleted_at = SavedCard.Status.DELETED, timezone.now()
    fields = ["status", "deleted_at"]
    if not keeps_token:
        row.token_reference = None
        fields.append("token_reference")
    row.save(update_fields=fields)


def _end(row: SavedCard) -> bool:
    try:
        end_token(reference=str(row.token_reference), merchant_id=row.merchant_id, network=row.network, last4=row.last4)
    except (NetworkUnavailable, NetworkTimeout):
        return False
    SavedCard.objects.filter(pk=row.pk, status=SavedCard.Status.DELETED).update(token_reference=None)
    return True


def refresh_saved_cards() -> int:
    """Ask what became of each saved card that was not asked about for a day; returns how many had changed."""
    due = SavedCard.objects.select_related("merchant", "shopper").filter(
        status=SavedCard.Status.ACTIVE, checked_at__lt=timezone.now() - CHECK_EVERY
    )
    return sum(_refresh(row) for row in due.order_by("checked_at")[:SWEEP])


def _refresh(row: SavedCard) -> bool:
    try:
        state = token_service().state(str(row.token_reference), acceptor_id=row.merchant.card_acceptor_id)
    except (NetworkUnavailable, NetworkTimeout):
        return False
    return _note_state(row.pk, state)


@transaction.atomic
def _note_state(pk: int, state: TokenState) -> bool:
    """Write down another number or date, or that the card is no more; nobody has to type it again in the first case."""
    row = SavedCard.objects.select_for_update().select_related("shopper", "merchant").filter(pk=pk, status="active").first()
    if row is None:
        return False
    before = (row.last4, row.exp_month, row.exp_year)
    row.last4, row.exp_month, row.exp_year, row.checked_at = state.last4, state.exp_month, state.exp_year, timezone.now()
    changed = before != (row.last4, row.exp_month, row.exp_year) or not state.is_alive
    if changed:
        row.replaced_at = row.checked_at
        row.refused_code = ""  # what its bank said was of the card before
    if not state.is_alive:
        row.status, row.token_reference = SavedCard.Status.UNUSABLE, None
    row.save(
        update_fields=["last4", "exp_month", "exp_year", "checked_at", "replaced_at", "status", "token_reference", "refused_code"]
    )
    if changed:
        record_about(row, "updated", fields=["last4", "exp_month", "exp_year"])
        _tell(row, "payment_method.updated")
    return changed


def _tell(row: SavedCard, type: str) -> None:
    told = {
        "shopper": row.shopper.public_id, "payment_method": row.public_id, "network": row.network,
        "account_kind": row.account_kind, "last4": row.last4, "exp_month": row.exp_month, "exp_year": row.exp_year,
        "status": row.status,
    }  # fmt: skip
    record_events(merchant=row.merchant, events=[(type, row.public_id, told)])
