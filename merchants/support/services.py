"""Opening and ending a look, and what an owner decides about looks. Each of these is in the audit trail."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from merchants.errors import NotYourMerchant, SupportAccessRefused
from merchants.limits.services import written
from merchants.models import Member, Merchant
from merchants.support.models import SupportAccess, SupportView
from merchants.support.selectors import access_of
from merchants.two_persons import belongs_to
from people.models import User
from people.roles import RISK, SUPPORT, has_role
from vault.audit.services import record_about

LASTS = timedelta(minutes=30)
CONSENT_LASTS = timedelta(hours=24)


@transaction.atomic
def open_view(*, by: User, merchant: Merchant, ticket: str, reason: str) -> SupportView:
    """Let somebody of support or risk see the merchant's portal for half an hour, changing nothing.

    Where an owner has switched this off, only with an owner's consent, or by risk, whose reason then says why.
    Asking again while one is open returns that one.
    """
    number = " ".join(ticket.replace("\x00", "").split())[:40]
    if not has_role(by, SUPPORT, RISK):
        raise SupportAccessRefused("Only support and risk look into a merchant's portal.")
    if belongs_to(by, merchant):
        raise SupportAccessRefused("You belong to this merchant: open its portal as yourself.")
    if len(number) < 2:
        raise SupportAccessRefused("Give the number of the ticket or call.", param="ticket")
    why = written(reason)
    is_refused = not access_of(merchant).lets_in
    if is_refused and not has_role(by, RISK):
        raise SupportAccessRefused(
            "An owner of this merchant has switched support's access off: ask the owner to let support in (Access log), or risk to look."
        )
    User.objects.select_for_update().get(pk=by.pk)  # of two clicks at once, the second finds the first's look
    now = timezone.now()
    known = SupportView.objects.filter(user=by, merchant=merchant, ended_at=None, expires_at__gt=now).first()
    if known is not None:
        return known
    view = SupportView.objects.create(
        user=by, merchant=merchant, ticket=number, reason=why, is_over_refusal=is_refused, opened_at=now, expires_at=now + LASTS
    )
    record_about(view, "opened", reason=f"{number}: {why}", person_id="", details={"minutes": 30, "over_refusal": is_refused})
    return view


@transaction.atomic
def end_view(*, view: SupportView) -> None:
    """End it before its time. Safe to repeat: the first end stays."""
    now = timezone.now()
    if SupportView.objects.filter(pk=view.pk, ended_at=None, expires_at__gt=now).update(ended_at=now):
        record_about(view, "ended", person_id="")


@transaction.atomic
def switch_access(*, by: Member, is_off: bool) -> SupportAccess:
    """An owner switches support's looking off or on; looks that are open end with it."""
    _owner(by)
    access, _ = SupportAccess.objects.update_or_create(merchant=by.merchant, defaults={"is_off": is_off, "consent_until": None})
    record_about(access, "switched_off" if is_off else "switched_on")
    if is_off:
        for view in SupportView.objects.filter(merchant=by.merchant, ended_at=None, expires_at__gt=timezone.now()):
            end_view(view=view)
    return access


@transaction.atomic
def let_in(*, by: Member) -> SupportAccess:
    """An owner lets support look for a day although it is switched off."""
    _owner(by)
    access, _ = SupportAccess.objects.update_or_create(
        merchant=by.merchant, defaults={"consent_until": timezone.now() + CONSENT_LASTS}
    )
    record_about(access, "let_in", details={"hours": 24})
    return access


def _owner(by: Member) -> None:
    if by.role != Member.Role.OWNER:
        raise NotYourMerchant("Only an owner decides whether support may look.")
