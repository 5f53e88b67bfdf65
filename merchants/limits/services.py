"""What can happen to a merchant's limits and holds. Each of these is written to the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from merchants.errors import ControlChangeOver, LimitInvalid, ReasonNeeded
from merchants.limits.models import Control, ControlChange
from merchants.models import Merchant
from merchants.two_persons import require_another, require_risk
from people.models import User
from vault.audit.services import record_about

LIMITS: Final = ("per_sale_cents", "daily_volume_cents", "monthly_volume_cents", "payout_daily_cents")
SHORTEST_REASON: Final = 20
LARGEST_CENTS: Final = 10**15
Kind, Status = ControlChange.Kind, ControlChange.Status


@transaction.atomic
def change_limits(*, by: User, merchant: Merchant, wanted: Mapping[str, int | None], reason: str) -> ControlChange:
    """Want these limits (cents; None: no limit) from now on. Limits that only fall hold at once; one that rises waits for a second person.

    Wanting what holds already is refused, so that a repeat changes nothing.
    """
    require_risk(by, merchant)
    why = written(reason)
    if set(wanted) != set(LIMITS) or any(value is not None and not 0 < value <= LARGEST_CENTS for value in wanted.values()):
        raise LimitInvalid()
    control = locked_control(merchant)
    before = {name: getattr(control, name) for name in LIMITS}
    if before == dict(wanted):
        raise LimitInvalid("These limits hold already.")
    rises = any(_rises(before[name], wanted[name]) for name in LIMITS)
    return _want(by, control, Kind.LIMITS, before, dict(wanted), why, is_waiting=rises)


@transaction.atomic
def hold(*, by: User, merchant: Merchant, what: str, reason: str, until: datetime | None = None) -> ControlChange:
    """Hold the merchant's `sales` or `payouts` at once, until then or until two persons let go. What is held already is held anew."""
    require_risk(by, merchant)
    why = written(reason)
    if until is not None and until <= timezone.now():
        raise LimitInvalid("A hold ends in the future, or when somebody lets go.", param="until")
    control = locked_control(merchant)
    if control.is_held(what) and _ends_sooner(until, getattr(control, f"{what}_held_until")):
        raise LimitInvalid("It is held for longer already: letting go sooner takes two persons.", param="until")
    kind = Kind.HOLD_SALES if what == "sales" else Kind.HOLD_PAYOUTS
    wanted = {"until": until.isoformat() if until else None}
    return _want(by, control, kind, {"is_held": control.is_held(what)}, wanted, why, is_waiting=False)


@transaction.atomic
def ask_release(*, by: User, merchant: Merchant, what: str, reason: str) -> ControlChange:
    """Want a hold of `sales` or `payouts` to end; a second person decides."""
    require_risk(by, merchant)
    why, control = written(reason), locked_control(merchant)
    if not control.is_held(what):
        raise ControlChangeOver("It is not held.")
    kind = Kind.RELEASE_SALES if what == "sales" else Kind.RELEASE_PAYOUTS
    return _want(by, control, kind, {"reason": getattr(control, f"{what}_hold_reason")}, {}, why, is_waiting=True)


@transaction.atomic
def decide(*, by: User, change: ControlChange, is_agreed: bool) -> ControlChange:
    """The second person's word. Whoever asked may take the wish back, and not agree to it."""
    control = locked_control(change.merchant)
    if is_agreed or by.pk != change.asked_by_id:
        require_another(by, change.asked_by_id, change.merchant)
    fields: dict[str, Any] = {"status": Status.MADE if is_agreed else Status.REFUSED, "decided_at": timezone.now()}
    if by.pk != change.asked_by_id:
        fields["decided_by"] = by
    if not ControlChange.objects.filter(pk=change.pk, status=Status.WAITING).update(**fields):
        raise ControlChangeOver()
    change.refresh_from_db()
    if is_agreed:
        _make(control, change)
    record_about(change, "made" if is_agreed else "refused", details={"kind": change.kind, "wanted": change.wanted})
    return change


def written(reason: str) -> str:
    """The reason on one line; ReasonNeeded if it says nothing."""
    why = " ".join(reason.replace("\x00", "").split())[:500]
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded(param="reason")
    return why


def locked_control(merchant: Merchant) -> Control:
    """The merchant's row, made if there is none; two wishes at once are taken one after the other."""
    Control.objects.get_or_create(merchant=merchant)
    return Control.objects.select_for_update().get(merchant=merchant)


def _rises(before: int | None, wanted: int | None) -> bool:
    if before is None:
        return False
    return wanted is None or wanted > before


def _ends_sooner(until: datetime | None, known: datetime | None) -> bool:
    return until is not None and (known is None or until < known)


def _want(
    by: User,
    control: Control,
    kind: ControlChange.Kind,
    before: dict[str, Any],
    wanted: dict[str, Any],
    why: str,
    *,
    is_waiting: bool,
) -> ControlChange:
    try:
        with transaction.atomic():
            change = ControlChange.objects.create(
                merchant=control.merchant, kind=kind, status=Status.WAITING if is_waiting else Status.MADE, before=before,
                wanted=wanted, reason=why, asked_by=by, decided_at=None if is_waiting else timezone.now(),
            )  # fmt: skip
    except IntegrityError as twice:
        raise ControlChangeOver("A change of this kind waits for a second person already.") from twice
    if not is_waiting:
        _make(control, change)
    details = {"kind": kind.value, "wanted": wanted, "before": before}
    record_about(change, "asked" if is_waiting else "made", reason=why, details=details)
    return change


def _make(control: Control, change: ControlChange) -> None:
    match change.kind:
        case Kind.LIMITS:
            for name in LIMITS:
                setattr(control, name, change.wanted[name])
        case Kind.HOLD_SALES | Kind.HOLD_PAYOUTS:
            until = change.wanted.get("until")
            _set_hold(control, change.kind, timezone.now(), datetime.fromisoformat(until) if until else None, change.reason)
        case _:
            _set_hold(control, change.kind, None, None, "")
    control.save()


def _set_hold(control: Control, kind: str, since: datetime | None, until: datetime | None, reason: str) -> None:
    what = "sales" if kind in {Kind.HOLD_SALES, Kind.RELEASE_SALES} else "payouts"
    setattr(control, f"{what}_held_at", since)
    setattr(control, f"{what}_held_until", until)
    setattr(control, f"{what}_hold_reason", reason)
