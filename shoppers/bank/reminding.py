"""A letter a week before a consent ends: giving it anew is the owner's choice, and silence lets it end."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from people.letters import send_letter
from shoppers.bank.models import BankConsent

BEFORE: Final = timedelta(days=7)
MOST_A_SWEEP: Final = 500
PATH: Final = "/me/accounts/"


def remind() -> int:
    """Remind the owners of consents that end within a week, each once. Returns how many. Safe to repeat and beside itself."""
    now = timezone.now()
    soon = BankConsent.objects.filter(
        state=BankConsent.State.ACTIVE, reminded_at=None, expires_at__gt=now, expires_at__lte=now + BEFORE
    )
    return sum(_remind(consent) for consent in soon.select_related("account")[:MOST_A_SWEEP])


@transaction.atomic
def _remind(consent: BankConsent) -> bool:
    """The letter goes in the post with the mark that it did."""
    if not BankConsent.objects.filter(pk=consent.pk, reminded_at=None).update(reminded_at=timezone.now()):
        return False
    context = {"institution": consent.institution, "ends_at": consent.expires_at, "path": PATH}
    send_letter(
        to=consent.account.email,
        subject="Your bank link ends in a week",
        template="me/bank_ends",
        context=context,
        useful_for=BEFORE,
    )
    return True
