"""A merchant lets its reviewed titles train the classifier, or no longer does."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from eligibility.models import TrainingConsent
from merchants.models import Merchant
from people.models import User
from vault.audit.services import record_about


def consent_of(merchant: Merchant) -> TrainingConsent | None:
    """The consent in force; none where it was never given or is withdrawn."""
    return TrainingConsent.objects.filter(merchant=merchant, withdrawn_at=None).select_related("given_by").first()


@transaction.atomic
def give_consent(*, merchant: Merchant, by: User) -> TrainingConsent:
    """From now on exports for training hold the merchant's agreed decisions. Safe to repeat: returns the one in force."""
    if found := consent_of(merchant):
        return found
    try:
        with transaction.atomic():
            consent = TrainingConsent.objects.create(merchant=merchant, given_by=by)
    except IntegrityError:
        return TrainingConsent.objects.get(merchant=merchant, withdrawn_at=None)
    record_about(consent, "given")
    return consent


@transaction.atomic
def withdraw_consent(*, merchant: Merchant, by: User) -> bool:
    """Leave the merchant's titles out of every export from now on; returns whether a consent was in force. Safe to repeat."""
    consent = TrainingConsent.objects.select_for_update(of=("self",)).filter(merchant=merchant, withdrawn_at=None).first()
    if consent is None:
        return False
    consent.withdrawn_at, consent.withdrawn_by = timezone.now(), by
    consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record_about(consent, "withdrawn")
    return True
