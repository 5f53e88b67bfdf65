"""Who may not judge: whoever belongs to the merchant that gains by the answer, and whoever asked for another one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from eligibility.errors import ReviewerNotImpartial
from eligibility.models import EligibilityDispute
from merchants.models import Member, Merchant
from people.models import User
from vault.audit.models import AuditEntry

STAYS_CLOSE: Final = timedelta(days=90)
LEFT: Final = "member.deleted"


def merchants_close_to(user: User) -> set[int]:
    """Ids of the merchants whose team this person is in, or left less than 90 days ago by the audit trail."""
    now_in = set(Member.objects.filter(user=user).values_list("merchant_id", flat=True))
    left = AuditEntry.objects.filter(action=LEFT, person_id=user.public_id, at__gte=timezone.now() - STAYS_CLOSE)
    return now_in | {pk for pk in left.values_list("merchant_id", flat=True) if pk is not None}


def disputed_by(user: User) -> Exists:
    """Of rows with a merchant and an item key: did this person open a dispute about that item?"""
    return Exists(EligibilityDispute.objects.filter(merchant=OuterRef("merchant"), item_key=OuterRef("item_key"), opened_by=user))


def refuse_the_partial(*, merchant: Merchant, user: User, item_key: str = "") -> None:
    """Raises ReviewerNotImpartial where this person may not judge for that merchant, or about that item of it."""
    has_disputed = item_key and EligibilityDispute.objects.filter(merchant=merchant, item_key=item_key, opened_by=user).exists()
    if has_disputed or merchant.pk in merchants_close_to(user):
        raise ReviewerNotImpartial()
