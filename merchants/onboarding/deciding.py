"""The second person's word: a merchant is made, or the application is declined."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.scopes import scope
from common.tokens import digest_of, new_token
from merchants.errors import ApplicationState
from merchants.limits.models import ControlChange
from merchants.limits.services import LIMITS, locked_control
from merchants.models import Member, Merchant
from merchants.onboarding import letters
from merchants.onboarding.models import Application
from merchants.onboarding.reviewing import Status, Verdict, under_review
from merchants.team.models import Invitation
from merchants.two_persons import require_another
from people.models import User
from vault.audit.services import record_about
from vault.merchant_keys import PreparedKey, keep_key, prepare_key

CHANGED = "The proposal has changed: open the page again."
INVITED_FOR = timedelta(days=7)


def decide(*, by: User, application: Application, seen: str) -> Application:
    """Agree to what somebody else proposed. Approved: the merchant is live with its limits, and its owner is invited.

    seen: when the proposal that this person read was made; another one by now raises ApplicationState.
    The bank makes the new merchant's key before the transaction begins. Of two at once, one decides and the other gets ApplicationState.
    """
    require_another(by, application.proposed_by_id, application.merchant)
    if seen != seen_of(application):
        raise ApplicationState(CHANGED)
    merchant, prepared = application.merchant, None
    if application.verdict == Verdict.APPROVE and merchant is None:
        merchant = _merchant_of(application)
        prepared = prepare_key(owner=merchant.public_id)
    with transaction.atomic():
        locked = under_review(by, application, Status.IN_REVIEW)
        if not locked.verdict or seen_of(locked) != seen:
            raise ApplicationState(CHANGED)
        locked.decided_by, locked.decided_at = by, timezone.now()
        if locked.verdict == Verdict.APPROVE:
            assert merchant is not None
            _approve(locked, merchant, prepared)
        else:
            locked.status = Status.DECLINED
            locked.save()
        record_about(
            locked, str(locked.status), details={"proposed_by": locked.proposed_by.public_id if locked.proposed_by else ""}
        )
        letters.send_decision(locked, is_approved=locked.status == Status.APPROVED)
    return locked


def seen_of(application: Application) -> str:
    """Names the proposal that stands: whoever agrees says it, so that nobody agrees to one they have not read."""
    return application.proposed_at.isoformat() if application.proposed_at else ""


def _merchant_of(application: Application) -> Merchant:
    return Merchant(
        name=application.name, legal_name=application.legal_name, address=application.address, time_zone=application.time_zone,
        mcc=application.mcc, card_acceptor_id=f"FSA{application.pk:012d}", is_iias_certified=application.claims_iias,
        is_ninety_percent=application.claims_ninety_percent,
    )  # fmt: skip


def _approve(locked: Application, merchant: Merchant, prepared: PreparedKey | None) -> None:
    if prepared is not None:
        merchant.save(force_insert=True)
        keep_key(merchant_id=merchant.pk, prepared=prepared)
    else:  # it was there and not live: what was checked is what holds now
        merchant.legal_name, merchant.address, merchant.mcc = locked.legal_name, locked.address, locked.mcc
        merchant.is_iias_certified, merchant.is_ninety_percent = locked.claims_iias, locked.claims_ninety_percent
        merchant.is_active = True
        merchant.save()
    locked.merchant, locked.status = merchant, Status.APPROVED
    locked.save()
    record_about(merchant, "opened", details={"application": locked.public_id})
    with scope(merchant=merchant):
        _set_limits(locked, merchant)
        if prepared is not None:
            _invite(locked, merchant)


def _set_limits(locked: Application, merchant: Merchant) -> None:
    control = locked_control(merchant)
    before = {name: getattr(control, name) for name in LIMITS}
    for name in LIMITS:
        setattr(control, name, locked.wanted_limits[name])
    control.save()
    assert locked.proposed_by is not None
    change = ControlChange.objects.create(
        merchant=merchant, kind=ControlChange.Kind.LIMITS, status=ControlChange.Status.MADE, before=before,
        wanted=locked.wanted_limits, reason=f"Approval of {locked.public_id}: {locked.verdict_reason}"[:500],
        asked_by=locked.proposed_by, decided_by=locked.decided_by, decided_at=locked.decided_at,
    )  # fmt: skip
    record_about(change, "made", details={"wanted": locked.wanted_limits})


def _invite(locked: Application, merchant: Merchant) -> None:
    token = new_token()
    invitation = Invitation.objects.create(
        merchant=merchant, email=str(locked.email), role=Member.Role.OWNER, digest=digest_of(token),
        invited_by=locked.decided_by, expires_at=timezone.now() + INVITED_FOR,
    )  # fmt: skip
    record_about(invitation, "created", details={"role": str(Member.Role.OWNER)})
    letters.send_invitation(locked, merchant, token)
