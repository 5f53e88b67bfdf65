"""Charging what is due: open the period, judge and split its basket, pay, and note what came of it.

A period is one row, and an attempt one session. Before another session is opened, the one before is closed for good, or found paid,
under the locks of subscription, renewal and session, in this order; so whoever dies between two steps leaves nothing that
could be charged twice. While banks think, no database transaction is open: a lease on the row keeps others off.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from checkout import errors
from checkout.locking import lock_session
from checkout.models import CheckoutSession, Renewal, SavedCard, Subscription
from checkout.network.cards import BENEFIT_KINDS
from checkout.selectors import lines_of
from checkout.services.create import BasketLine, create_session
from checkout.services.pay import pay_session
from checkout.services.release import expire_session
from checkout.services.wallet import CardOffer
from checkout.split import split_for
from checkout.subscriptions.settling import settle_paid, settle_refused
from checkout.subscriptions.telling import tell
from common.errors import PlatformError
from common.scopes import scope

logger = logging.getLogger(__name__)
BATCH = 200  # of one run; the next one comes in seconds
WAIT_FOR_SWEEP = timedelta(seconds=30)
MOST_MISSED = 400  # rows for periods that nobody charged in time; more than a year of days
Status = Renewal.Status


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt that is ours until `until`: its session is open, and nobody else pays it."""

    renewal: Renewal
    session: CheckoutSession
    offers: tuple[CardOffer, ...]
    until: datetime


def run_renewals() -> int:
    """Open the periods that have begun and charge what is due; returns how many were paid. Safe to repeat and beside itself."""
    for pk in _begun():
        _open_period(pk)
    return sum(_renew(pk) for pk in _to_pay())


def _begun() -> list[int]:
    """Subscriptions whose next period has begun, and which nobody is charging for the one before."""
    at_it = Renewal.objects.filter(subscription=OuterRef("pk"), status__in=Renewal.UNFINISHED, claimed_until__isnull=False)
    due = Subscription.objects.filter(status__in=Subscription.LIVE, next_renewal_at__lte=timezone.now()).exclude(Exists(at_it))
    return list(due.order_by("next_renewal_at").values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _open_period(pk: int) -> None:
    """Begin the period in which we are. If nobody was there for some before it, they are noted as missed and never charged."""
    row = (
        Subscription.objects.select_for_update(skip_locked=True, of=("self",)).select_related("merchant", "shopper")
        .filter(pk=pk, status__in=Subscription.LIVE, next_renewal_at__lte=timezone.now()).first()
    )  # fmt: skip
    if (
        row is None
        or Renewal.objects.filter(subscription=row, status__in=Renewal.UNFINISHED, claimed_until__isnull=False).exists()
    ):
        return
    now, rhythm = timezone.now(), row.rhythm()
    _close_former(row, now)
    current = max(row.next_number, rhythm.number_at(now))
    begins = {n: rhythm.begins_at(n) for n in range(max(row.next_number, current - MOST_MISSED), current + 2)}
    begins[row.next_number] = row.next_renewal_at or now  # the first one begins to the microsecond when it was started
    missed = [
        Renewal(subscription=row, number=n, status=Status.MISSED, due_at=begins[n], ends_at=begins[n + 1], ended_at=now)
        for n in sorted(begins) if n < current and n + 1 in begins
    ]  # fmt: skip
    Renewal.objects.bulk_create(missed)
    Renewal.objects.create(
        subscription=row, number=current, due_at=begins[current], ends_at=begins[current + 1], next_attempt_at=now
    )
    row.next_number, row.next_renewal_at = current + 1, begins[current + 1]
    row.save(update_fields=["next_number", "next_renewal_at"])
    if missed:
        tell(
            row,
            "subscription.renewal_missed",
            missed=[{"number": one.number, "due_at": one.due_at.isoformat()} for one in missed],
        )


def _close_former(row: Subscription, now: datetime) -> None:
    """The period before was tried until this one began: it is charged no more."""
    Renewal.objects.filter(subscription=row, status__in=Renewal.UNFINISHED).update(
        status=Status.FAILED, ended_at=now, next_attempt_at=None, last_code="period_over"
    )


def _to_pay() -> list[int]:
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = Renewal.objects.filter(free, status__in=Renewal.UNFINISHED, next_attempt_at__lte=now)
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:BATCH])


def _renew(pk: int) -> bool:
    """One attempt at one period; whatever befalls it keeps no other waiting."""
    try:
        subscription = Renewal.objects.select_related("subscription__merchant").get(pk=pk).subscription
        with scope(merchant=subscription.merchant):
            claim = _claim(pk)
            return _pay(claim) if claim else False
    except Exception:
        logger.exception("renewal %s could not be charged", pk)  # its lease runs out, and it is tried again
        return False


@transaction.atomic
def _claim(pk: int) -> Claim | None:
    """Take a period to charge it, with a fresh session for today's basket. None: there is nothing to charge, or somebody is at it."""
    subscription_id = Renewal.objects.values_list("subscription_id", flat=True).get(pk=pk)
    owner = Subscription.objects.select_for_update(skip_locked=True, of=("self",)).select_related("merchant", "shopper")
    subscription = owner.filter(pk=subscription_id).first()
    now = timezone.now()
    renewal = Renewal.objects.select_for_update(of=("self",)).filter(
        Q(claimed_until=None) | Q(claimed_until__lt=now), pk=pk, status__in=Renewal.UNFINISHED, next_attempt_at__lte=now
    ).first() if subscription else None  # fmt: skip
    if subscription is None or renewal is None:
        return None
    renewal.subscription = subscription
    if not _is_free(renewal, now):
        return None
    if not subscription.is_live:
        Renewal.objects.filter(pk=pk).update(status=Status.CANCELLED, ended_at=now, next_attempt_at=None, claimed_until=None)
        return None
    until = now + timedelta(seconds=2 * settings.SALE_DEADLINE_S)
    renewal.attempts, renewal.status, renewal.claimed_until = renewal.attempts + 1, Status.PAYING, until
    renewal.next_attempt_at = now
    try:
        with transaction.atomic():
            session = _todays_session(renewal)
            offers = _offers(subscription, session)
    except PlatformError as refusal:
        renewal.save()
        settle_refused(renewal=renewal, refusal=refusal)
        return None
    renewal.session = session
    renewal.save()
    return Claim(renewal, session, offers, until)


def _is_free(renewal: Renewal, now: datetime) -> bool:
    """Is there nothing of an earlier attempt that may still charge, or has? Such a session is closed here; a paid one is noted."""
    if renewal.session_id is None:
        return True
    session = lock_session(renewal.session_id)
    if session.status == CheckoutSession.Status.COMPLETE:
        settle_paid(renewal=renewal, session=session)
        return False
    if session.status == CheckoutSession.Status.PROCESSING:  # whoever charged it has died; the sweep of interrupted sales ends it
        Renewal.objects.filter(pk=renewal.pk).update(claimed_until=None, next_attempt_at=now + WAIT_FOR_SWEEP)
        return False
    expire_session(session=session)
    return True


def _todays_session(renewal: Renewal) -> CheckoutSession:
    subscription = renewal.subscription
    shopper = subscription.shopper
    return create_session(
        merchant=subscription.merchant, lines=[BasketLine(**item) for item in subscription.items], shopper=shopper, letters_of=shopper,
        success_url=settings.BASE_URL, cancel_url=settings.BASE_URL, shipping_cents=subscription.shipping_cents,
        discount_cents=subscription.discount_cents, client_reference_id=subscription.client_reference_id,
        metadata=subscription.metadata | {"subscription": subscription.public_id, "renewal": renewal.public_id},
    )  # fmt: skip


def _offers(subscription: Subscription, session: CheckoutSession) -> tuple[CardOffer, ...]:
    """The cards that can pay today, each under the place it has in the subscription.

    A benefit card on which nothing of today's basket may go, or too little, is left out: the ordinary card pays, if there is one.
    """
    lines, merchant = lines_of(session), subscription.merchant
    offers = []
    for row in subscription.cards.select_related("saved_card").order_by("position"):
        card = row.saved_card
        if card.status != SavedCard.Status.ACTIVE or not card.covers_renewals or card.refused_code:
            continue
        if card.account_kind in BENEFIT_KINDS:
            carries = split_for(lines, merchant, card.account_kind).benefit_cents
            if carries < max(1, merchant.minimum_charge_cents):
                continue
        offers.append(CardOffer(param=f"cards[{row.position}]", saved_card=card.public_id, limit_cents=row.limit_cents))
    if not offers:
        raise errors.CardNeeded(
            "None of the saved cards can pay for this order any more.",
            param="cards",
            advice="Save another card and name it here.",
        )
    return tuple(offers)


def _pay(claim: Claim) -> bool:
    refusal: PlatformError | None = None
    try:
        pay_session(
            session=claim.session, cards=claim.offers, attempt_key=f"{claim.renewal.public_id}-{claim.renewal.attempts}",
            is_off_session=True,
        )  # fmt: skip
    except errors.SessionAlreadyPaid:
        pass
    except PlatformError as refused:
        refusal = refused
    return _note(claim, refusal)


@transaction.atomic
def _note(claim: Claim, refusal: PlatformError | None) -> bool:
    """Write down what came of an attempt, unless its lease ran out and another is at it."""
    subscription = (
        Subscription.objects.select_for_update(of=("self",))
        .select_related("merchant", "shopper")
        .get(pk=claim.renewal.subscription_id)
    )
    renewal = Renewal.objects.select_for_update(of=("self",)).filter(pk=claim.renewal.pk, claimed_until=claim.until).first()
    if renewal is None:
        return False
    renewal.subscription = subscription
    if refusal is None:
        settle_paid(renewal=renewal, session=claim.session)
    else:
        asked = {offer.param: offer.saved_card for offer in claim.offers}
        settle_refused(renewal=renewal, refusal=refusal, asked=asked)
    return refusal is None
