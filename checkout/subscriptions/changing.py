"""Starting a subscription and everything that can be asked of it afterwards. Rows are locked subscription first, then its renewal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from checkout import errors
from checkout.models import Renewal, SavedCard, Subscription, SubscriptionCard
from checkout.network.cards import BENEFIT_KINDS
from checkout.services.create import BasketLine, known_products
from checkout.services.wallet import refuse_too_many
from checkout.subscriptions.calendar import FURTHEST_AHEAD
from checkout.subscriptions.dunning import MOST_TRIES
from checkout.subscriptions.telling import tell, write_cancelled, write_started
from merchants.models import Merchant
from shoppers.models import Shopper
from vault.audit.services import record_about

Status = Subscription.Status
TRIES_COUNT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CardChoice:
    """A saved card by its id, and the most that it shall pay of one period."""

    saved_card: str
    limit_cents: int | None = None


@transaction.atomic
def start_subscription(
    *, merchant: Merchant, shopper: Shopper, lines: Sequence[BasketLine], cards: Sequence[CardChoice], unit: str, count: int = 1,
    starts_at: datetime | None = None, shipping_cents: int = 0, discount_cents: int = 0, client_reference_id: str = "",
    metadata: dict[str, Any] | None = None,
) -> Subscription:  # fmt: skip
    """Start a subscription; its first period is charged at `starts_at`, which is now unless said, and its hour is kept.

    shopper: the merchant answers for who they are, so their letters count. cards: saved ones of theirs, with consent to renewals.
    Every call starts another: the Idempotency-Key is what makes a repeat harmless.
    """
    known_products(merchant, lines)
    now = timezone.now()
    begins_at = max(starts_at or now, now)
    local = begins_at.astimezone(merchant.zone)
    subscription = Subscription.objects.create(
        merchant=merchant, shopper=shopper, unit=unit, count=count, anchor_on=local.date(),
        anchor_time=local.time().replace(microsecond=0), items=[asdict(line) for line in lines], shipping_cents=shipping_cents,
        discount_cents=discount_cents, client_reference_id=client_reference_id, metadata=metadata or {}, next_renewal_at=begins_at,
    )  # fmt: skip
    _set_cards(subscription, cards)
    record_about(subscription, "started", details={"items": len(lines), "cards": len(cards), "unit": unit, "count": count})
    tell(subscription, "subscription.created")
    write_started(subscription)
    return subscription


@transaction.atomic
def change_subscription(
    *, subscription: Subscription, lines: Sequence[BasketLine] | None = None, cards: Sequence[CardChoice] | None = None,
    unit: str | None = None, count: int | None = None, shipping_cents: int | None = None, discount_cents: int | None = None,
    client_reference_id: str | None = None, metadata: dict[str, Any] | None = None,
) -> Subscription:  # fmt: skip
    """Change what later charges go by. None leaves a thing as it is.

    Another rhythm counts from the next period's day. With other cards or items, a period that failed is tried again at once, as long
    as it lasts and banks were not asked too often; sent anew as they were, they change nothing. What is being charged at this
    moment is charged as it was.
    """
    row = _locked(subscription)
    _refuse_cancelled(row)
    simple: dict[str, Any] = {
        "shipping_cents": shipping_cents, "discount_cents": discount_cents, "client_reference_id": client_reference_id,
        "metadata": metadata, "items": None,
    }  # fmt: skip
    if lines is not None:
        known_products(row.merchant, lines)
        simple["items"] = [asdict(line) for line in lines]
    differs = simple["items"] is not None and simple["items"] != row.items
    changed = [name for name, value in simple.items() if value is not None]
    for name in changed:
        setattr(row, name, simple[name])
    if unit is not None or count is not None:
        _set_rhythm(row, unit or row.unit, count or row.count)
        changed += ["unit", "count"]
    if cards is not None:
        before = _named(row)
        _set_cards(row, cards)
        differs |= before != _named(row)
        changed.append("cards")
    if lines is not None or cards is not None:
        _try_again(row, differs=differs)
    row.save()
    record_about(row, "changed", fields=sorted(changed))
    tell(row, "subscription.changed", changed=sorted(changed))
    return row


@transaction.atomic
def pause_subscription(*, subscription: Subscription) -> Subscription:
    """Charge nothing until it is resumed; a charge that waits to be tried again is given up. Safe to repeat."""
    row = _locked(subscription)
    _refuse_cancelled(row)
    if row.status == Status.PAUSED:
        return row
    _give_up(row)
    row.status, row.next_renewal_at = Status.PAUSED, None
    row.save()
    record_about(row, "paused")
    tell(row, "subscription.paused")
    return row


@transaction.atomic
def resume_subscription(*, subscription: Subscription) -> Subscription:
    """Go on with the next period that begins; those that began meanwhile are not charged. Safe to repeat."""
    row = _locked(subscription)
    _refuse_cancelled(row)
    if row.is_live:
        return row
    rhythm = row.rhythm()
    row.next_number = max(row.next_number, rhythm.number_at(timezone.now()) + 1)
    row.next_renewal_at, row.status = rhythm.begins_at(row.next_number), Status.ACTIVE
    row.save()
    record_about(row, "resumed")
    tell(row, "subscription.resumed")
    return row


@transaction.atomic
def skip_renewal(*, subscription: Subscription) -> Renewal:
    """Leave out the next period: it is noted and not charged. Every call leaves out one more, within five years."""
    row = _locked(subscription)
    if not row.is_live or row.next_renewal_at is None:
        raise errors.SubscriptionOver(f"This subscription is {row.status}: there is no next renewal to leave out.")
    if row.next_renewal_at > timezone.now() + FURTHEST_AHEAD:
        raise errors.SubscriptionOver("The next renewal is more than five years away: pause the subscription instead.")
    rhythm, now = row.rhythm(), timezone.now()
    skipped = Renewal.objects.create(
        subscription=row, number=row.next_number, status=Renewal.Status.SKIPPED, due_at=row.next_renewal_at,
        ends_at=rhythm.begins_at(row.next_number + 1), ended_at=now,
    )  # fmt: skip
    row.next_number += 1
    row.next_renewal_at = rhythm.begins_at(row.next_number)
    row.save()
    record_about(row, "skipped", details={"renewal": skipped.public_id, "number": skipped.number})
    tell(row, "subscription.renewal_skipped", skipped)
    return skipped


@transaction.atomic
def cancel_subscription(*, subscription: Subscription) -> Subscription:
    """End it for good; nothing is charged any more, save what is being charged at this moment. Safe to repeat."""
    row = _locked(subscription)
    if row.status == Status.CANCELLED:
        return row
    _give_up(row)
    row.status, row.next_renewal_at, row.cancelled_at = Status.CANCELLED, None, timezone.now()
    row.save()
    record_about(row, "cancelled")
    tell(row, "subscription.cancelled")
    write_cancelled(row)
    return row


def _locked(subscription: Subscription) -> Subscription:
    return Subscription.objects.select_for_update(of=("self",)).select_related("merchant", "shopper").get(pk=subscription.pk)


def _refuse_cancelled(row: Subscription) -> None:
    if row.status == Status.CANCELLED:
        raise errors.SubscriptionOver("This subscription is cancelled: start another.")


def _set_rhythm(row: Subscription, unit: str, count: int) -> None:
    """The next period's day is the new anchor; of one that waits for nothing, the day on which its next one would begin."""
    begins_at = row.next_renewal_at or row.rhythm().begins_at(row.next_number)
    row.unit, row.count, row.anchor_number = unit, count, row.next_number
    row.anchor_on = begins_at.astimezone(row.merchant.zone).date()


def _set_cards(row: Subscription, cards: Sequence[CardChoice]) -> None:
    """Put these saved cards in place of those before, in this order. One that its bank has refused for good stays refused."""
    mine = SavedCard.objects.filter(merchant=row.merchant, shopper=row.shopper, status=SavedCard.Status.ACTIVE)
    named = mine.select_for_update().filter(public_id__in=[choice.saved_card for choice in cards]).order_by("pk")
    known = {card.public_id: card for card in named}
    rows = []
    for position, choice in enumerate(cards):
        card, param = known.get(choice.saved_card), f"cards[{position}]"
        if card is None:
            raise errors.SavedCardUnknown(param=param)
        if not card.covers_renewals:
            raise errors.ConsentMissing(param=param)
        if card.refused_code:
            raise errors.PaymentMethodRefused(param=param, network_code=card.refused_code)
        rows.append(SubscriptionCard(subscription=row, saved_card=card, position=position, limit_cents=choice.limit_cents))
    refuse_too_many(
        [card.saved_card.account_kind in BENEFIT_KINDS for card in rows], [card.saved_card_id for card in rows],
        param=f"cards[{len(rows) - 1}]",
    )  # fmt: skip
    row.cards.all().delete()
    SubscriptionCard.objects.bulk_create(rows)


def _named(row: Subscription) -> list[tuple[int, int | None]]:
    return list(row.cards.order_by("position").values_list("saved_card_id", "limit_cents"))


def _try_again(row: Subscription, *, differs: bool) -> None:
    """The newest period, if it waits or failed and still lasts, is charged at once: with other cards or items, or one that was
    kept since; and unless banks were asked too often, as networks fine who hammers a card."""
    now = timezone.now()
    lately = row.renewals.filter(Q(due_at__gt=now - TRIES_COUNT_FOR) | Q(number=row.next_number - 1)).aggregate(
        refusals=Sum("refusals")
    )
    if (lately["refusals"] or 0) >= MOST_TRIES:
        return
    waits = Renewal.objects.filter(subscription=row, status__in=[Renewal.Status.RETRYING, Renewal.Status.FAILED], ends_at__gt=now)
    newest = waits.select_for_update(of=("self",)).filter(number=row.next_number - 1).first()
    if newest is None or row.status not in {Status.PAST_DUE, Status.UNPAID}:
        return
    if not differs and not (newest.session and row.cards.filter(saved_card__created_at__gt=newest.session.created_at).exists()):
        return
    newest.status, newest.next_attempt_at, newest.troubles, newest.ended_at = Renewal.Status.RETRYING, now, 0, None
    newest.save(update_fields=["status", "next_attempt_at", "troubles", "ended_at"])
    row.status, row.next_renewal_at = Status.PAST_DUE, row.rhythm().begins_at(row.next_number)


def _give_up(row: Subscription) -> None:
    """The unfinished period is charged no more; one that is being charged at this moment ends as it ends."""
    waiting = Renewal.objects.filter(subscription=row, status__in=[Renewal.Status.DUE, Renewal.Status.RETRYING])
    waiting.update(status=Renewal.Status.CANCELLED, ended_at=timezone.now(), next_attempt_at=None)
