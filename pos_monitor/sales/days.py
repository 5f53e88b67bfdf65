"""The end of a till's day: what was sold, by tender, as the sales and the book have it; closed once, never changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from checkout.models import CheckoutSession, Payment, Refund, RefundLeg, Tender
from merchants.services import record_events
from pos_monitor.models import RefusedSale, Terminal, TillDay, TillDayFailure, TillDayRefund, TillSale
from pos_monitor.sales.errors import DayInvalid
from vault.audit.services import record_about

COMPARED: Final = ("sales_count", "sales_cents", "benefit_cents", "ordinary_cents", "voids_count", "voids_cents", "net_cents")
NAMED: Final = 100  # sale numbers that a difference names; it says how many there are


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed day. is_repeat: it was closed before this call."""

    day: TillDay
    is_repeat: bool


def close_day(
    *,
    terminal: Terminal,
    business_on: date | None = None,
    said: Mapping[str, int] | None = None,
    sale_numbers: Sequence[str] = (),
) -> Closed:
    """Close the terminal's day, in the store's zone, and return its totals. Safe to repeat and beside itself: a day is closed once.

    Counted are all paid sales that no earlier day has counted, taken up to the end of that day: a sale that came late, of a
    day closed meanwhile, is in the next one, and counted as late there. So is what the network refuses to give back after the
    day that counted it: the days' nets together are the book. Beside the sums stand offline sales that were not paid.
    said: the till's own totals; sale_numbers: those it has.
    What differs is named in the day. Raises DayInvalid for a day to come, or before one that is closed.
    """
    zone = ZoneInfo(terminal.store.time_zone) if terminal.store else terminal.merchant.zone
    today = timezone.localdate(timezone=zone)
    on = business_on or today
    if on > today:
        raise DayInvalid("This day has not come yet.", param="business_on")
    with transaction.atomic():
        Terminal.objects.select_for_update(of=("self",), no_key=True).get(pk=terminal.pk)  # one close at a time
        last = (
            TillDay.objects.select_related("terminal")
            .filter(terminal=terminal, business_on__gte=on)
            .order_by("business_on")
            .first()
        )
        if last and last.business_on == on:
            return Closed(last, is_repeat=True)
        if last:
            raise DayInvalid(
                f"{last.business_on} is closed already: what came later counts in the next day.", param="business_on"
            )
        return Closed(_close(terminal, on, zone, dict(said or {}), sale_numbers), is_repeat=False)


def _close(terminal: Terminal, on: date, zone: ZoneInfo, said: dict[str, int], sale_numbers: Sequence[str]) -> TillDay:
    end = datetime.combine(on + timedelta(days=1), time.min, zone)
    sales = list(
        TillSale.objects.select_for_update(of=("self",))
        .filter(terminal=terminal, day=None, sold_at__lt=end, session__payments__status=Payment.Status.CAPTURED)
        .order_by("pk")
    )
    refunds = list(
        Refund.objects.filter(payment__session__till_sale__terminal=terminal, till_day=None, created_at__lt=end)
        .prefetch_related("legs__tender").order_by("pk")
    )  # fmt: skip
    failures = list(
        RefundLeg.objects.filter(
            Q(refund__till_day__isnull=False) | Q(refund__in=[refund.pk for refund in refunds]), status=RefundLeg.Status.FAILED,
            refund__payment__session__till_sale__terminal=terminal, till_day=None, advice__acknowledged_at__lt=end,
        ).select_related("tender").order_by("pk")
    )  # fmt: skip
    lost, refused = _uncounted_losses(terminal, end)
    day = TillDay(
        merchant=terminal.merchant,
        terminal=terminal,
        business_on=on,
        said=said,
        **_totals(terminal, on, zone, sales),
        **_given_back(refunds),
        **_refused_since(failures),
        losses_count=lost.count() + refused.count(),
        losses_cents=_sum(lost, "session__amount_total_cents") + _sum(refused, "amount_total_cents"),
    )
    day.differences = _differences(day, said, [sale.sale_number for sale in sales], sale_numbers)
    day.save(force_insert=True)
    TillDayRefund.objects.bulk_create(TillDayRefund(day=day, refund=refund) for refund in refunds)
    TillDayFailure.objects.bulk_create(TillDayFailure(day=day, leg=leg) for leg in failures)
    TillSale.objects.filter(pk__in=[sale.pk for sale in sales]).update(day=day)
    lost.update(loss_day=day)
    refused.update(day=day)
    record_about(day, "closed", details={"terminal": terminal.public_id, "sales": day.sales_count, "net_cents": day.net_cents})
    told = {
        "terminal": terminal.public_id, "business_on": on.isoformat(), "sales_count": day.sales_count, "net_cents": day.net_cents,
        "differences_count": len(day.differences),
    }  # fmt: skip
    record_events(merchant=terminal.merchant, events=[("till_day.closed", day.public_id, told)])
    return day


def _totals(terminal: Terminal, on: date, zone: ZoneInfo, sales: Sequence[TillSale]) -> dict[str, int]:
    paid = Tender.objects.filter(
        payment__session__till_sale__in=[sale.pk for sale in sales], payment__status=Payment.Status.CAPTURED, status=Tender.Status.CAPTURED
    ).aggregate(
        benefit=Sum("approved_cents", filter=Q(kind=Tender.Kind.BENEFIT), default=0),
        ordinary=Sum("approved_cents", filter=Q(kind=Tender.Kind.ORDINARY), default=0),
        sales=Count("payment", distinct=True),
    )  # fmt: skip
    before = TillDay.objects.filter(terminal=terminal, business_on__lt=on).order_by("-business_on").first()
    late_before = datetime.combine(before.business_on + timedelta(days=1), time.min, zone) if before else None
    return {
        "sales_count": paid["sales"], "sales_cents": paid["benefit"] + paid["ordinary"], "benefit_cents": paid["benefit"],
        "ordinary_cents": paid["ordinary"], "late_count": sum(1 for sale in sales if late_before and sale.sold_at < late_before),
    }  # fmt: skip


def _given_back(refunds: Sequence[Refund]) -> dict[str, int]:
    """Counts and cents by tender of voids and of other refunds, as they were booked; what the network refuses of them counts back when it is known."""
    found = Counter(
        dict.fromkeys(
            (f"{what}_{name}" for what in ("voids", "refunds") for name in ("count", "benefit_cents", "ordinary_cents")), 0
        )
    )
    for refund in refunds:
        what = "voids" if refund.is_void else "refunds"
        found[f"{what}_count"] += 1
        for leg in refund.legs.all():
            found[f"{what}_{leg.tender.kind}_cents"] += leg.amount_cents
    return dict(found)


def _refused_since(legs: Sequence[RefundLeg]) -> dict[str, int]:
    """What counted as given back, and the network would not give back: it is the merchant's again."""
    found = Counter(dict.fromkeys(("failed_benefit_cents", "failed_ordinary_cents"), 0))
    for leg in legs:
        found[f"failed_{leg.tender.kind}_cents"] += leg.amount_cents
    return {"failed_count": len(legs), **found}


def _uncounted_losses(terminal: Terminal, end: datetime) -> tuple[QuerySet[TillSale], QuerySet[RefusedSale]]:
    """Offline sales that were not paid up to now and that no earlier day has counted; those of now, so that what comes beside waits."""
    lost = TillSale.objects.select_for_update(of=("self",)).filter(
        terminal=terminal, lost_at__isnull=False, loss_day=None, sold_at__lt=end
    )
    unpaid = lost.exclude(session__status=CheckoutSession.Status.COMPLETE)
    refused = RefusedSale.objects.select_for_update().filter(terminal=terminal, day=None, sold_at__lt=end)
    untaken = refused.exclude(settled_at__isnull=False, settled_by=None)
    return (
        TillSale.objects.filter(pk__in=list(unpaid.values_list("pk", flat=True))),
        RefusedSale.objects.filter(pk__in=list(untaken.values_list("pk", flat=True))),
    )


def _sum(rows: QuerySet[Any], name: str) -> int:
    return int(rows.aggregate(cents=Sum(name, default=0))["cents"])


def _differences(day: TillDay, said: Mapping[str, int], ours: Sequence[str], theirs: Sequence[str]) -> list[dict[str, Any]]:
    """Each total that the till has otherwise, and the sale numbers that one side lacks."""
    found = [
        {"name": name, "till": said[name], "platform": getattr(day, name)}
        for name in COMPARED
        if name in said and said[name] != getattr(day, name)
    ]
    if theirs:
        for name, numbers in (("only_at_till", set(theirs) - set(ours)), ("only_on_platform", set(ours) - set(theirs))):
            if numbers:
                listed = sorted(numbers)[:NAMED]
                at_till = name == "only_at_till"
                found.append(
                    {
                        "name": name,
                        "till": listed if at_till else [],
                        "platform": [] if at_till else listed,
                        "count": len(numbers),
                    }
                )
    return found
