"""Giving consent: begun here, given at the bank, and finished by the browser that began it, once."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.tokens import digest_of, new_token
from shoppers.accounts import ShopperAccount
from shoppers.bank.ending import end_consent
from shoppers.bank.errors import BankAnswerOver, BankConsentRefused, BankUnreachable, TooManyBankLinks
from shoppers.bank.models import BankConsent
from shoppers.bank.port import SCOPES, ConsentGone, Granted, ProviderError
from shoppers.bank.providers import provider
from vault.audit.services import record_about

State = BankConsent.State
LONGEST = timedelta(days=180)  # as long as open banking lets a consent last (EU) 2018/389, Art. 10a
ANSWER_WITHIN = timedelta(minutes=20)
AN_HOUR = timedelta(hours=1)
BEGUN_IN_AN_HOUR = 10


def start_consent(*, account: ShopperAccount, browser: str, return_url: str) -> str:
    """Begin a consent and return the address at the bank where its owner gives it. Nothing is read until then.

    browser: a secret mark of the browser that asks; the bank's answer counts there alone. BankUnreachable where the provider
    is silent, and then nothing was begun.
    """
    if BankConsent.objects.filter(account=account, started_at__gt=timezone.now() - AN_HOUR).count() >= BEGUN_IN_AN_HOUR:
        raise TooManyBankLinks()
    bank, state, now = provider(), new_token(), timezone.now()
    ends_at = now + LONGEST
    try:
        begun = bank.begin(state=state, return_url=return_url, ends_at=ends_at)
    except ProviderError:
        raise BankUnreachable() from None
    with transaction.atomic():
        consent = BankConsent.objects.create(
            account=account, provider=bank.name, scopes=list(SCOPES), answer_digest=digest_of(state), browser=digest_of(browser),
            answer_by=now + ANSWER_WITHIN, expires_at=ends_at, provider_consent=begun.provider_consent,
        )  # fmt: skip
        record_about(consent, "begun", details={"account": account.public_id, "scopes": list(SCOPES)})
    return begun.url


def finish_consent(*, account: ShopperAccount, browser: str, state: str, code: str) -> BankConsent:
    """Take the bank's answer. code: empty where consent was refused there.

    BankAnswerOver for an answer that was used, is too late, or comes by another browser or account; BankConsentRefused where
    consent was not given. An older consent at the same bank ends, so that no payment is counted twice.
    """
    consent = _take_answer(account, browser, state)
    if not code:
        end_consent(consent=consent, state=State.FAILED)
        raise BankConsentRefused()
    try:
        granted = provider(consent.provider).exchange(code=code)
    except ConsentGone:
        end_consent(consent=consent, state=State.FAILED)
        raise BankConsentRefused() from None
    except ProviderError:  # whether the code was used up nobody knows: a new one is needed
        end_consent(consent=consent, state=State.FAILED)
        raise BankUnreachable("Your bank does not answer at present. Nothing was linked: try again in a while.") from None
    return _activate(consent, granted)


def revoke_consent(*, consent: BankConsent) -> bool:
    """Its owner ends it: what was read is deleted at once. Returns whether it was alive. Safe to repeat."""
    return end_consent(consent=consent, state=State.REVOKED)


def _take_answer(account: ShopperAccount, browser: str, state: str) -> BankConsent:
    """The begun consent that this answer belongs to, taken; of two answers at once, one finds it taken."""
    now = timezone.now()
    begun: QuerySet[BankConsent] = BankConsent.objects.filter(
        answer_digest=digest_of(state),
        browser=digest_of(browser),
        account=account,
        state=State.STARTED,
        answered_at=None,
        answer_by__gt=now,
    )
    consent = begun.select_related("account").first()
    if consent is None or not begun.filter(pk=consent.pk).update(answered_at=now):
        raise BankAnswerOver()
    return consent


@transaction.atomic
def _activate(consent: BankConsent, granted: Granted) -> BankConsent:
    now = timezone.now()
    kept = BankConsent.objects.select_for_update().get(pk=consent.pk)
    if kept.state != State.STARTED:  # its owner or the sweeper was quicker
        raise BankAnswerOver()
    older = BankConsent.objects.filter(account=consent.account_id, institution=granted.institution, state=State.ACTIVE)
    for each in older.select_related("account"):
        end_consent(consent=each, state=State.REVOKED)
    kept.state, kept.granted_at, kept.institution = State.ACTIVE, now, granted.institution[:80]
    kept.expires_at = min(granted.ends_at, now + LONGEST)
    kept.access_token, kept.refresh_token, kept.token_ends_at = (
        granted.tokens.access,
        granted.tokens.refresh,
        granted.tokens.ends_at,
    )
    kept.next_refresh_at = now
    kept.save()
    record_about(kept, "given", fields=["access_token", "refresh_token"], details={"account": kept.account.public_id})
    return kept
