"""Reading again what a consent lets us read: one process at a time, from where the last one came to, and never after its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import transaction
from django.utils import timezone

from shoppers.bank.ending import end_consent
from shoppers.bank.errors import BankConsentOver, BankUnreachable
from shoppers.bank.models import BankConsent
from shoppers.bank.port import BankDataProvider, ConsentGone, ProviderSilent, TokenOver
from shoppers.bank.providers import provider
from shoppers.bank.reading import forget_old, write_accounts, write_page
from vault.audit.services import record_about

State = BankConsent.State
T = TypeVar("T")
LEASE: Final = timedelta(minutes=5)  # longer than one call with its retries; each page renews it
EVERY: Final = timedelta(hours=6)
AGAIN_MIN: Final = (5, 15, 60, 180, 360)  # minutes after each failure in a row; then the last one again
ATTEMPTS: Final = 3  # of one call, within one refresh
PAUSES_S: Final = (0.5, 2.0)
LONGEST_PAUSE_S: Final = 5.0  # a provider that asks for more is asked again by the next refresh
MOST_PAGES: Final = 500
TOKEN_MARGIN: Final = timedelta(seconds=60)


@dataclass
class _Reading:
    """One refresh under way. lease: what `leased_until` must still be for anything to be written."""

    consent: BankConsent
    bank: BankDataProvider
    lease: datetime
    pause: Callable[[float], None]

    def ask(self, call: Callable[[str], T]) -> T:
        """One call with the access token: repeated a little where the provider is silent, with a new token where the old one is over."""
        has_new_token = False
        for attempt in range(ATTEMPTS + 1):
            try:
                return call(str(self.consent.access_token))
            except TokenOver:
                if has_new_token:
                    raise ConsentGone("A fresh token is not taken.") from None
                self.renew_token()
                has_new_token = True
            except ProviderSilent as silent:
                if attempt >= ATTEMPTS - 1 or silent.retry_after_s > LONGEST_PAUSE_S:
                    raise
                self.pause(max(silent.retry_after_s, PAUSES_S[min(attempt, len(PAUSES_S) - 1)]))
        raise ProviderSilent("The bank's service stays silent.")

    def renew_token(self) -> None:
        tokens = self.bank.refresh_tokens(refresh_token=str(self.consent.refresh_token))
        with self.held() as kept:
            kept.access_token, kept.refresh_token, kept.token_ends_at = tokens.access, tokens.refresh, tokens.ends_at
            kept.save(update_fields=["access_token", "refresh_token", "token_ends_at"])
            self.consent = kept

    @contextmanager
    def held(self) -> Iterator[BankConsent]:
        """A transaction that holds the consent's row; BankConsentOver where it has ended or another process reads by now."""
        with transaction.atomic():
            kept = BankConsent.objects.select_for_update().filter(pk=self.consent.pk, state=State.ACTIVE).first()
            if kept is None or kept.leased_until != self.lease:
                raise BankConsentOver()
            yield kept


def refresh_consent(*, consent_id: int, pause: Callable[[float], None] = time.sleep) -> bool:
    """Read accounts and what changed of transactions, and return whether that was done to the end.

    False where another process is at it, or the provider did not answer: then it is tried again later, further apart each time.
    Safe to repeat and beside itself. BankConsentOver where it ended in between; nothing is written then.
    """
    reading = _take(consent_id, pause)
    if reading is None:
        return False
    try:
        _read_all(reading)
    except ConsentGone:
        end_consent(consent=reading.consent, state=State.WITHDRAWN)
        return False
    except ProviderSilent as problem:
        _put_off(reading, problem)
        return False
    return True


def refresh_now(*, consent: BankConsent, pause: Callable[[float], None] = time.sleep) -> None:
    """The owner asks for it: BankUnreachable or BankConsentOver where it does not succeed."""
    if not refresh_consent(consent_id=consent.pk, pause=pause):
        consent.refresh_from_db(fields=["state", "leased_until"])
        if consent.state != State.ACTIVE:
            raise BankConsentOver("Your bank says that this consent is over. Link it anew if you like.")
        raise BankUnreachable("Your bank does not answer at present, or is being read already. It is tried again by itself.")


def due_for_refresh(most: int = 500) -> list[int]:
    """Consents in force whose time to be read again has come and which nobody reads."""
    now = timezone.now()
    due = BankConsent.objects.filter(state=State.ACTIVE, next_refresh_at__lte=now, expires_at__gt=now).exclude(
        leased_until__gt=now
    )
    return list(due.order_by("next_refresh_at").values_list("pk", flat=True)[:most])


def _take(consent_id: int, pause: Callable[[float], None]) -> _Reading | None:
    now = timezone.now()
    lease = now + LEASE
    free = BankConsent.objects.filter(pk=consent_id, state=State.ACTIVE, expires_at__gt=now).exclude(leased_until__gt=now)
    if not free.update(leased_until=lease):
        return None
    consent = BankConsent.objects.select_related("account").get(pk=consent_id)
    return _Reading(consent, provider(consent.provider), lease, pause)


def _read_all(reading: _Reading) -> None:
    if reading.consent.token_ends_at and reading.consent.token_ends_at <= timezone.now() + TOKEN_MARGIN:
        reading.renew_token()
    accounts = reading.ask(lambda token: reading.bank.accounts(access_token=token))
    with reading.held() as kept:
        write_accounts(kept, accounts)
    for _ in range(MOST_PAGES):
        if not _read_page(reading):
            return _done(reading)
    raise ProviderSilent("The bank's pages have no end.")


def _read_page(reading: _Reading) -> bool:
    """Read and write one page, and return whether there is another. Page and cursor are written together, or neither."""
    cursor = reading.consent.cursor
    page = reading.ask(lambda token: reading.bank.transactions(access_token=token, cursor=cursor))
    if page.has_more and page.cursor == cursor:
        raise ProviderSilent("The bank's pages lead in a circle.")
    with reading.held() as kept:
        write_page(kept, page)
        kept.cursor, kept.leased_until = page.cursor[:200], timezone.now() + LEASE
        kept.save(update_fields=["cursor", "leased_until"])
    reading.consent, reading.lease = kept, kept.leased_until
    return page.has_more


def _done(reading: _Reading) -> None:
    now = timezone.now()
    with reading.held() as kept:
        forget_old(kept)
        kept.refreshed_at, kept.next_refresh_at, kept.leased_until = now, now + EVERY, None
        kept.failures, kept.last_problem = 0, ""
        kept.save(update_fields=["refreshed_at", "next_refresh_at", "leased_until", "failures", "last_problem"])
        record_about(kept, "refreshed", fields=list(kept.scopes), details={"account": kept.account.public_id})


def _put_off(reading: _Reading, problem: ProviderSilent) -> None:
    with reading.held() as kept:
        wait = timedelta(minutes=AGAIN_MIN[min(kept.failures, len(AGAIN_MIN) - 1)], seconds=problem.retry_after_s)
        kept.failures, kept.last_problem = kept.failures + 1, str(problem)[:200]
        kept.next_refresh_at, kept.leased_until = timezone.now() + wait, None
        kept.save(update_fields=["failures", "last_problem", "next_refresh_at", "leased_until"])
