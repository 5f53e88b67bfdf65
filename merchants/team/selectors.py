from __future__ import annotations

from django.utils import timezone

from common.scopes import across_merchants
from common.tokens import digest_of
from merchants.errors import InvitationOver
from merchants.models import Member, Merchant
from merchants.team.models import Invitation

ORDER = {role: place for place, role in enumerate(Member.Role)}


def team_of(merchant: Merchant) -> list[Member]:
    """The merchant's people, owners first."""
    members = Member.objects.select_related("user").filter(merchant=merchant)
    return sorted(members, key=lambda member: (ORDER[Member.Role(member.role)], member.pk))


def open_invitations(merchant: Merchant) -> list[Invitation]:
    return list(Invitation.objects.filter(merchant=merchant, accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()))


def invitation_for(token: str) -> Invitation:
    """The open invitation of this link; InvitationOver for any other link, whatever the reason."""
    with across_merchants("the link of an invitation names its merchant"):
        found = Invitation.objects.select_related("merchant").filter(digest=digest_of(token), merchant__is_active=True).first()
    if found is None or not found.is_open:
        raise InvitationOver()
    return found


def assignable_roles(member: Member) -> list[Member.Role]:
    """Which roles this member may give and take: only owners make owners."""
    return [role for role in Member.Role if role != Member.Role.OWNER or member.role == Member.Role.OWNER]
