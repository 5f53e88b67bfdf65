"""The end of a consent: by its day, by its owner, by the bank. What was read under it goes with it, in the same transaction."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from shoppers.bank.models import BankAccount, BankConsent
from shoppers.bank.port import ProviderError
from shoppers.bank.providers import provider
from vault.audit.services import record_about

State = BankConsent.State
ALIVE = (State.STARTED, State.ACTIVE)
TELL_AGAIN_S = (60, 300, 900, 3600)  # then every hour, until the provider has heard it
MOST_A_SWEEP = 500


@transaction.atomic
def end_consent(*, consent: BankConsent, state: str) -> bool:
    """End it, and delete accounts, transactions and tokens. Returns whether it was alive. Safe to repeat and beside a refresh.

    A refresh that is under way writes nothing after this. The provider is told by `tell_provider`, as often as it takes.
    """
    now = timezone.now()
    is_new = bool(
        BankConsent.objects.filter(pk=consent.pk, state__in=ALIVE).update(
            state=state, ended_at=now, access_token=None, refresh_token=None, token_ends_at=None, cursor="", leased_until=None,
            next_refresh_at=None, failures=0,
        )
    )  # fmt: skip
    if not is_new:
        return False
    deleted = BankAccount.objects.filter(consent=consent).delete()[1]
    told = {"account": consent.account.public_id, "transactions": deleted.get("shoppers.BankTransaction", 0)}
    record_about(consent, state, fields=["access_token", "refresh_token"], details=told)
    return True


def tell_provider(*, consent_id: int) -> bool:
    """Tell the provider of a consent that is over. Returns whether it knows now; if not, it is told again later."""
    now = timezone.now()
    consent = _untold().filter(pk=consent_id).first()
    if consent is None:
        return True
    try:
        provider(consent.provider).revoke(provider_consent=consent.provider_consent)
    except ProviderError as problem:
        pause = TELL_AGAIN_S[min(consent.failures, len(TELL_AGAIN_S) - 1)]
        _untold().filter(pk=consent_id).update(
            failures=consent.failures + 1, next_refresh_at=now + timedelta(seconds=pause), last_problem=str(problem)[:200]
        )
        return False
    _untold().filter(pk=consent_id).update(told_provider_at=now, next_refresh_at=None, last_problem="")
    return True


def end_what_is_over() -> int:
    """End consents whose day has passed, and those that nobody gave in time. Returns how many. Safe to repeat."""
    now, ended = timezone.now(), 0
    over = Q(state=State.ACTIVE, expires_at__lte=now) | Q(state=State.STARTED, answer_by__lte=now)
    for consent in BankConsent.objects.select_related("account").filter(over)[:MOST_A_SWEEP]:
        state = State.EXPIRED if consent.state == State.ACTIVE else State.FAILED
        ended += end_consent(consent=consent, state=state)
    return ended


def to_be_told() -> list[int]:
    """Consents that are over and whose provider does not know: those that are due to be told again."""
    due = Q(next_refresh_at=None) | Q(next_refresh_at__lte=timezone.now())
    return list(_untold().filter(due).values_list("pk", flat=True)[:MOST_A_SWEEP])


def _untold() -> QuerySet[BankConsent]:
    over = BankConsent.objects.exclude(state__in=[*ALIVE, State.WITHDRAWN])  # of that the bank has told us
    return over.filter(told_provider_at=None).exclude(provider_consent="")
