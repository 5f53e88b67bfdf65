"""What can happen to a merchant's team. Each of these is written to the audit trail."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.ids import new_id
from common.tokens import digest_of, new_token
from merchants.capabilities import may
from merchants.errors import AlreadyMember, InvitationOver, LastOwner, NotYourMerchant, ReachInvalid
from merchants.models import Member
from merchants.team.models import Invitation
from merchants.team.reach import Reach
from merchants.team.selectors import assignable_roles
from people.models import User, email_index
from people.sessions import end_sign_ins
from vault.audit.services import record_about

LIFE = timedelta(days=7)


@transaction.atomic
def invite(*, by: Member, email: str, role: Member.Role, reach: Reach | None = None) -> tuple[Invitation, str]:
    """Let the owner of this address join with this role; returns the invitation and its link's token, which is kept nowhere.

    reach: the stores and regions to which they will be limited; None: the whole chain.
    An earlier open invitation of the same address is withdrawn. Raises ReachInvalid.
    """
    _may_give(by, role)
    _may_be_limited(role, reach)
    index = email_index(email)
    if Member.objects.filter(merchant=by.merchant, user__email_index=index).exists():
        raise AlreadyMember()
    for earlier in Invitation.objects.filter(merchant=by.merchant, accepted_at=None, withdrawn_at=None):
        if email_index(earlier.email) == index:
            withdraw(by=by, invitation=earlier)
    token = new_token()
    invitation = Invitation.objects.create(
        merchant=by.merchant,
        email=email.strip(),
        role=role,
        reach=_kept(reach),
        digest=digest_of(token),
        invited_by=by.user,
        expires_at=timezone.now() + LIFE,
    )
    record_about(invitation, "created", details={"role": str(role), **_limit(invitation.reach)})
    return invitation, token


@transaction.atomic
def withdraw(*, by: Member, invitation: Invitation) -> None:
    """Make the link useless. Safe to repeat; one that was accepted stays so."""
    _may_give(by, Member.Role(invitation.role))
    found = Invitation.objects.filter(merchant=by.merchant, pk=invitation.pk, accepted_at=None, withdrawn_at=None)
    if found.update(withdrawn_at=timezone.now()):
        record_about(invitation, "withdrawn")


@transaction.atomic
def join(*, invitation: Invitation, user: User) -> Member:
    """The person becomes a member, and the link is used up: of two that come at once, one finds it over."""
    if email_index(invitation.email) != user.email_index:
        raise NotYourMerchant("This invitation is for another address.")
    now = timezone.now()
    still_open = Invitation.objects.filter(
        merchant=invitation.merchant, pk=invitation.pk, accepted_at=None, withdrawn_at=None, expires_at__gt=now
    )
    if not still_open.update(accepted_at=now):
        raise InvitationOver()
    given = {"role": invitation.role, "reach": invitation.reach}
    member, is_new = Member.objects.get_or_create(merchant=invitation.merchant, user=user, defaults=given)
    if is_new:
        details = {"role": str(member.role), "invitation": invitation.public_id, **_limit(member.reach)}
        record_about(member, "created", person_id=user.public_id, details=details)
    return member


@transaction.atomic
def join_as_new(*, invitation: Invitation, first_name: str, last_name: str, password: str) -> Member:
    """Make the invited person's sign-in, under the address that the letter reached, and let them join."""
    if User.objects.filter(email_index=email_index(invitation.email)).exists():
        raise NotYourMerchant("Someone already signs in with this address: sign in to accept.")
    user = User(username=new_id("person"), email=invitation.email, first_name=first_name, last_name=last_name)
    user.set_password(password)
    user.save()
    return join(invitation=invitation, user=user)


@transaction.atomic
def change_role(*, by: Member, member: Member, role: Member.Role) -> None:
    """Give a member another role; whoever's rights change signs in again. An owner is limited no more. Safe to repeat."""
    by, member = _locked(by, member)
    if member.role == role:
        return
    _may_give(by, role)
    _may_give(by, Member.Role(member.role))
    _leave_an_owner(member)
    before, member.role, limit = member.role, role, _limit(member.reach)
    member.reach = None if role == Member.Role.OWNER else member.reach
    member.save(update_fields=["role", "reach"])
    details = {"before": before, "after": str(role), **(limit if member.reach is None else {})}
    record_about(member, "changed", person_id=member.user.public_id, fields=["role"], details=details)
    _withdraw_invitations_of(member)
    end_sign_ins(user=member.user, reason="the role changed")


@transaction.atomic
def change_reach(*, by: Member, member: Member, reach: Reach | None) -> None:
    """Limit a member to these stores and regions, or to nothing (None); whoever's rights change signs in again. Safe to repeat.

    Raises ReachInvalid for an owner, and for a reach with nothing in it.
    """
    by, member = _locked(by, member)
    _may_give(by, Member.Role(member.role))
    _may_be_limited(Member.Role(member.role), reach)
    if member.user_id == by.user_id:
        raise NotYourMerchant("Nobody limits themselves: ask another owner or administrator.")
    before, after = member.reach, _kept(reach)
    if before == after:
        return
    member.reach = after
    member.save(update_fields=["reach"])
    details = {"before": before or "whole chain", "after": after or "whole chain"}
    record_about(member, "changed", person_id=member.user.public_id, fields=["reach"], details=details)
    _withdraw_invitations_of(member)
    end_sign_ins(user=member.user, reason="the reach changed")


def _may_be_limited(role: Member.Role, reach: Reach | None) -> None:
    if reach is None:
        return
    if role == Member.Role.OWNER:
        raise ReachInvalid("An owner works for the whole chain: give another role to limit somebody.")
    if reach.is_empty:
        raise ReachInvalid("Choose at least one region or store, or the whole chain.")


def _kept(reach: Reach | None) -> dict[str, list[str]] | None:
    return reach.as_json() if reach else None


def _limit(reach: object) -> dict[str, object]:
    """For the trail: to what somebody is limited, if at all."""
    return {} if reach is None else {"reach": reach}


@transaction.atomic
def remove(*, by: Member, member: Member) -> None:
    """Take a member's access away at once."""
    by, member = _locked(by, member)
    _may_give(by, Member.Role(member.role))
    _leave_an_owner(member)
    record_about(member, "deleted", person_id=member.user.public_id, details={"role": str(member.role)})
    _withdraw_invitations_of(member)
    end_sign_ins(user=member.user, reason="no longer of this team")
    member.delete()


def _withdraw_invitations_of(member: Member) -> None:
    """Whoever loses rights must not come back by a link of their own."""
    mine = Invitation.objects.filter(merchant=member.merchant, invited_by=member.user, accepted_at=None, withdrawn_at=None)
    for invitation in mine.select_for_update():
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        record_about(invitation, "withdrawn")


def _locked(by: Member, member: Member) -> tuple[Member, Member]:
    """Both as they are now, with all rows of their team locked: two owners who let each other go at once must not both succeed."""
    team = (
        Member.objects.select_for_update(of=("self",))
        .select_related("user", "merchant")
        .filter(merchant=by.merchant)
        .order_by("pk")
    )
    rows = {row.pk: row for row in team}
    if by.pk not in rows or member.pk not in rows:
        raise NotYourMerchant("The team has changed meanwhile: open the page again.")
    return rows[by.pk], rows[member.pk]


def _may_give(by: Member, role: Member.Role) -> None:
    if not may(by, "team.manage") or role not in assignable_roles(by):
        raise NotYourMerchant("Your role does not allow this: only an owner makes, changes or removes owners.")


def _leave_an_owner(member: Member) -> None:
    others = Member.objects.filter(merchant=member.merchant, role=Member.Role.OWNER).exclude(pk=member.pk)
    if member.role == Member.Role.OWNER and not others.exists():
        raise LastOwner()
