from __future__ import annotations

from celery import shared_task

from shoppers.bank import ending, refreshing, reminding
from shoppers.bank.errors import BankConsentOver
from shoppers.sign_in import forget_old


@shared_task(name="shoppers.forget_old_sign_ins")
def forget_old_sign_ins() -> int:
    """Take away links and sessions that ended a day ago. Safe to repeat."""
    return forget_old()


@shared_task(name="shoppers.follow_bank_consents")
def follow_bank_consents() -> int:
    """End what is over, remind of what soon is, and hand out what is due. Returns how many are. Safe to repeat and beside itself."""
    ending.end_what_is_over()
    reminding.remind()
    due, untold = refreshing.due_for_refresh(), ending.to_be_told()
    for consent_id in due:
        refresh_consent.delay(consent_id)
    for consent_id in untold:
        tell_provider.delay(consent_id)
    return len(due) + len(untold)


@shared_task(name="shoppers.refresh_consent")
def refresh_consent(consent_id: int) -> bool:
    """Read one consent's accounts and payments. One that another worker reads, or that has ended, is left alone."""
    try:
        return refreshing.refresh_consent(consent_id=consent_id)
    except BankConsentOver:
        return False


@shared_task(name="shoppers.tell_provider")
def tell_provider(consent_id: int) -> bool:
    """Tell a provider that a consent is over. Safe to repeat."""
    return ending.tell_provider(consent_id=consent_id)
