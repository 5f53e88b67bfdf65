"""Which rates held for a merchant at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from merchants.models import Merchant
from treasury.models import FeeSchedule, MonthVolume
from treasury.pricing.fees import Rate


@dataclass(frozen=True, slots=True)
class InForce:
    """A schedule with its rates. is_own: the merchant's, not everybody's. returns_fee: the percentage comes back with a refund."""

    effective_at: datetime
    is_own: bool
    returns_fee: bool
    rates: tuple[Rate, ...]


class Schedules:
    """All that ever held for one merchant (None: for whoever has no own), read once for a whole file of charges."""

    def __init__(self, merchant: Merchant | None) -> None:
        rows = FeeSchedule.objects.filter(Q(merchant=merchant) | Q(merchant=None)).prefetch_related("rates")
        self._schedules: Sequence[InForce] = sorted(
            (
                InForce(
                    row.effective_at, row.merchant_id is not None, row.returns_fee_on_refund, rates_in(row),
                )
                for row in rows
            ),
            key=lambda schedule: (schedule.is_own, schedule.effective_at), reverse=True,
        )  # fmt: skip
        self._volumes: dict[date, int] = dict(
            MonthVolume.objects.filter(merchant=merchant).values_list("month_on", "captured_cents")
        )

    def at(self, moment: datetime) -> InForce | None:
        """The merchant's own newest that had begun; without one, the newest for all."""
        return next((schedule for schedule in self._schedules if schedule.effective_at <= moment), None)

    def volume_cents(self, moment: datetime) -> int:
        """What was captured in the calendar month (UTC) before the moment's."""
        first = moment.date().replace(day=1)
        before = first.replace(year=first.year - 1, month=12) if first.month == 1 else first.replace(month=first.month - 1)
        return self._volumes.get(before, 0)

    def coming(self, moment: datetime) -> list[InForce]:
        """Those that begin after the moment and will hold for the merchant then, soonest first."""
        later = [schedule for schedule in self._schedules if schedule.effective_at > moment]
        return [
            schedule for schedule in sorted(later, key=lambda one: one.effective_at) if self.at(schedule.effective_at) is schedule
        ]


def rates_in(schedule: FeeSchedule) -> tuple[Rate, ...]:
    return tuple(Rate(r.channel, r.card, r.from_volume_cents, r.basis_points, r.fixed_cents) for r in schedule.rates.all())


def rates_now(merchant: Merchant | None) -> tuple[Rate, ...]:
    """What holds for a merchant (None: for whoever has no own) at this moment; nothing where no fees were ever set."""
    schedule = Schedules(merchant).at(timezone.now())
    return schedule.rates if schedule else ()
