"""A merchant's sales, narrowed and searched among millions, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from checkout.models import CheckoutSession, Dispute, Payment, Tender
from common.api.pages import decode_cursor, encode_cursor
from common.money import cents_typed
from merchants.models import Merchant
from sales.counting.recount import span
from shoppers.selectors import email_index

# Each filter's name in an address, and the most that is read of it.
NAMES: Final = {
    "q": 100, "status": 12, "from": 10, "to": 10, "channel": 6, "store": 40, "till": 40, "cards": 8, "least": 12, "most": 12, "refunded": 1, "disputed": 1,
}  # fmt: skip
CHANNELS: Final = {"online": "Online", "pos": "Tills"}
CARDS: Final = {"benefit": "Benefit cards only", "ordinary": "Other cards only", "mixed": "Both"}
MOST_SUMMED: Final = 10_000
FEW_DAYS: Final = timedelta(days=62)
LONG_AGO: Final = timedelta(days=14)
SUMS_TIMEOUT_MS: Final = 1_500  # a page waits no longer for its sums
HELD: Final = (Tender.Status.CAPTURED, Tender.Status.APPROVED)
# One array, for thousands of ids as values of their own take longer to be planned than to be read.
_SUMS: Final = """
SELECT coalesce(sum(p.captured_cents), 0)::bigint, coalesce(sum(card.cents), 0)::bigint
  FROM checkout_payment p
  LEFT JOIN LATERAL (SELECT sum(t.captured_cents) AS cents FROM checkout_tender t WHERE t.payment_id = p.id AND t.kind = 'benefit') card ON true
 WHERE p.session_id = ANY(%s) AND p.status = 'captured'
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """Of the sales that were found: how many, what was captured of them, and how much of that from benefit cards, in cents."""

    count: int
    gross_cents: int
    benefit_cents: int


def read_filters(typed: Mapping[str, str]) -> dict[str, str]:
    """The filters that an address or a saved view has; what is none of them is left out."""
    found = {name: str(typed.get(name, "")).replace("\x00", "").strip()[:most] for name, most in NAMES.items()}
    return {name: value for name, value in found.items() if value}


def narrowed(merchant: Merchant, filters: Mapping[str, str]) -> QuerySet[CheckoutSession]:
    """The merchant's sales by every filter but words. A value that means nothing is no limit."""
    sales = CheckoutSession.objects.filter(merchant=merchant)
    if filters.get("status") in CheckoutSession.Status.values:
        sales = sales.filter(status=filters["status"])
    if filters.get("channel") in CHANNELS:
        sales = sales.filter(channel=filters["channel"])
    if store := filters.get("store"):
        sales = sales.filter(till_sale__store__public_id=store, till_sale__store__merchant=merchant)
    if till := filters.get("till"):
        sales = sales.filter(till_sale__terminal__public_id=till, till_sale__terminal__merchant=merchant)
    if (cents := cents_typed(filters.get("least", ""))) is not None:
        sales = sales.filter(amount_total_cents__gte=cents)
    if (cents := cents_typed(filters.get("most", ""))) is not None:
        sales = sales.filter(amount_total_cents__lte=cents)
    if filters.get("refunded"):
        sales = sales.filter(pk__in=Payment.objects.filter(merchant=merchant, refunded_cents__gt=0).values("session_id"))
    if filters.get("disputed"):
        sales = sales.filter(pk__in=Dispute.objects.filter(merchant=merchant).values("payment__session_id"))
    return _by_cards(_by_days(sales, merchant, filters), filters.get("cards", ""))


def _by_days(sales: QuerySet[CheckoutSession], merchant: Merchant, filters: Mapping[str, str]) -> QuerySet[CheckoutSession]:
    """Days in the merchant's zone, both included."""
    if first := day_of(filters.get("from", "")):
        sales = sales.filter(created_at__gte=span(merchant.zone, first, first)[0])
    if last := day_of(filters.get("to", "")):
        sales = sales.filter(created_at__lt=span(merchant.zone, last, last)[1])
    return sales


def _is_few_days_of_long_ago(filters: Mapping[str, str]) -> bool:
    """Then the index of days finds them all sooner than a walk down from the newest meets the first; `+ 0` keeps the planner from walking."""
    first, last = day_of(filters.get("from", "")), day_of(filters.get("to", ""))
    return bool(first and last and last - first < FEW_DAYS and timezone.now().date() - last > LONG_AGO)


def _by_cards(sales: QuerySet[CheckoutSession], cards: str) -> QuerySet[CheckoutSession]:
    if cards not in CARDS:
        return sales
    held = Tender.objects.filter(payment__session=OuterRef("pk"), status__in=HELD)
    benefit, ordinary = (Exists(held.filter(kind=kind)) for kind in (Tender.Kind.BENEFIT, Tender.Kind.ORDINARY))
    if cards == "benefit":
        return sales.filter(benefit, ~ordinary)
    return sales.filter(benefit, ordinary) if cards == "mixed" else sales.filter(ordinary, ~benefit)


def meanings(merchant: Merchant, words: str) -> Iterator[Q]:
    """What words may mean: what people are told on the phone. Each by itself, for each has an index of its own."""
    yield Q(client_reference_id__icontains=words)
    yield Q(public_id=words)
    yield Q(pk__in=Payment.objects.filter(merchant=merchant, public_id=words).values("session_id"))
    if re.fullmatch(r"[0-9]{4}", words):
        yield Q(pk__in=Tender.objects.filter(last4=words, payment__merchant=merchant).values("payment__session_id"))
    if "@" in words:
        yield Q(shopper__email_index=email_index(merchant_id=merchant.pk, email=words))


def _asked(merchant: Merchant, filters: Mapping[str, str]) -> Iterable[Q]:
    words = filters.get("q")
    return meanings(merchant, words) if words else [Q()]


def searched(merchant: Merchant, filters: Mapping[str, str]) -> QuerySet[CheckoutSession]:
    """All that the filters find, as one question: for whoever reads it to the end."""
    sales = narrowed(merchant, filters)
    if words := filters.get("q"):
        any_of = Q()
        for meaning in meanings(merchant, words):
            any_of |= meaning
        sales = sales.filter(any_of)
    return sales


def sales_page(merchant: Merchant, filters: Mapping[str, str], *, cursor: str = "", limit: int) -> tuple[list[int], str | None]:
    """Row ids of up to `limit` sales after the cursor, newest first, and the next cursor. Raises CursorInvalid."""
    sales = narrowed(merchant, filters)
    if cursor:
        sales = sales.filter(pk__lt=decode_cursor(cursor))
    newest_first = (F("pk") + 0).desc() if _is_few_days_of_long_ago(filters) else F("pk").desc()
    found: set[int] = set()
    for meaning in _asked(merchant, filters):
        found |= set(sales.filter(meaning).order_by(newest_first).values_list("pk", flat=True)[: limit + 1])
    newest = sorted(found, reverse=True)
    return newest[:limit], encode_cursor(newest[limit - 1]) if len(newest) > limit else None


def sums_of(merchant: Merchant, filters: Mapping[str, str]) -> Sums | None:
    """The sums of what the filters find; None where it is too much to add up while a page waits."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {SUMS_TIMEOUT_MS}")
            found: set[int] = set()
            for meaning in _asked(merchant, filters):
                rows = narrowed(merchant, filters).filter(meaning).order_by().values_list("pk", flat=True)
                found |= set(rows[: MOST_SUMMED + 1])
                if len(found) > MOST_SUMMED:
                    return None
            return _summed(sorted(found))
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        return None
    finally:
        if connection.in_atomic_block and not connection.needs_rollback:  # else the limit ended with its transaction
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")


def _summed(found: list[int]) -> Sums:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [found])
        gross, benefit = cursor.fetchone()
    return Sums(len(found), gross, benefit)


def day_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
