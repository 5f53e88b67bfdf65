"""What follows a charge that failed: pure. Whether a card may be tried again is the declines table's word (`checkout.declines`).

the bank's no is for good (`never`)        that card is never tried again; the shopper must bring another
somebody must put something right          no repeat by itself; the shopper or the store acts
the bank may say yes later (`later`)       tried again on the days of its cause, inside the period
nobody said no (network, interruption)     tried again soon, and nobody is troubled with it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from checkout import errors
from checkout.declines import explain
from checkout.declines.causes import Cause
from checkout.declines.table import Retry
from common.errors import PlatformError
from vault.errors import CustodianUnavailable, MerchantKeyRevoked

# Cause -> days after the period's begin on which a soft no is tried again, at the same hour of the shop. Networks allow fifteen
# tries in thirty days; four are enough, and a benefit account is filled by payrolls, which come every week or two.
DAYS: Final = {Cause.BALANCE: (3, 7, 14), Cause.LIMIT: (1, 2, 4), Cause.NETWORK: (1, 2, 3)}
OTHER_DAYS: Final = (2, 5, 9)
MOST_TRIES: Final = 10  # of one subscription in thirty days, however often its cards and items change meanwhile
# Troubles of the way: soon, then ever more rarely. They are no tries in the bank's eyes.
PAUSES: Final = tuple(timedelta(minutes=m) for m in (2, 10, 30, 60, 180, 360))
TROUBLES: Final = (
    errors.NetworkSilent, errors.NetworkDown, errors.PaymentInterrupted, errors.PaymentOvertaken, errors.SessionBusy,
    errors.LetterNoLongerValid, MerchantKeyRevoked, CustodianUnavailable,
)  # fmt: skip


class Then(StrEnum):
    SOON = "soon"  # nobody said no
    LATER = "later"
    ENDED = "ended"  # for this period


@dataclass(frozen=True, slots=True)
class Next:
    """what: what follows, at `at`. hard_param: the card that is never tried again, by the field that brought it."""

    what: Then
    at: datetime | None = None
    code: str = ""
    cause: str = ""
    hard_param: str = ""


def next_step(
    refusal: PlatformError, *, tries: int, troubles: int, begins_at: datetime, ends_at: datetime, now: datetime, zone: ZoneInfo
) -> Next:
    """tries: how often a bank said no in this period, this one included; troubles: how often nothing came of it, likewise."""
    if isinstance(refusal, TROUBLES):
        soon = now + PAUSES[min(troubles, len(PAUSES)) - 1]
        return Next(Then.SOON, soon, refusal.code) if soon < ends_at else Next(Then.ENDED, None, refusal.code)
    code, cause, retry = _judged(refusal)
    if retry == Retry.LATER and (at := _next_day(cause, tries, begins_at, now, zone)) and at < ends_at:
        return Next(Then.LATER, at, code, cause)
    hard = (refusal.param or "") if retry == Retry.NEVER else ""
    return Next(Then.ENDED, None, code, cause, hard)


def _judged(refusal: PlatformError) -> tuple[str, str, Retry]:
    if network_code := str(refusal.details.get("network_code", "")):
        why = explain(network_code)
        return network_code, why.cause, why.retry
    if isinstance(refusal, errors.SecondCardNeeded) and "partial" in refusal.details:
        return refusal.code, Cause.BALANCE, Retry.LATER  # the bank approved a part, and no card was there for the rest
    return refusal.code, "", Retry.CORRECTED


def _next_day(cause: str, tries: int, begins_at: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    days = DAYS.get(Cause(cause), OTHER_DAYS) if cause else OTHER_DAYS
    if tries >= MOST_TRIES:
        return None
    begun = begins_at.astimezone(zone)
    for day in days:
        at = datetime.combine(begun.date() + timedelta(days=day), begun.time(), tzinfo=zone).astimezone(UTC)
        if at > now:
            return at
    return None
