"""What the platform asks of a provider of bank data, whichever it is: consent, tokens, accounts, transactions, and the end of it.

An adapter turns these calls into its provider's own. Amounts are in cents, money that goes out below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

SCOPES = ("accounts", "balances", "transactions")


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that waits for its owner at the bank. url: where they give or refuse it."""

    provider_consent: str
    url: str


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Granted:
    """A consent that was given. ends_at: when the bank lets it end, if that is sooner than asked."""

    tokens: Tokens
    institution: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ReadAccount:
    provider_id: str
    masked_number: str
    kind: str  # a BankAccount.Kind; an adapter maps its provider's words
    currency: str
    balance_cents: int
    balance_at: datetime


@dataclass(frozen=True, slots=True)
class ReadTransaction:
    provider_id: str
    account_id: str  # the provider's
    booked_on: date
    amount_cents: int
    mcc: str
    payee: str
    is_pending: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What changed since a cursor. written: added, or as they are now; removed: the provider's ids of those that are no
    more, those of `written` among them."""

    written: Sequence[ReadTransaction]
    removed: Sequence[str]
    cursor: str
    has_more: bool


class BankDataProvider(Protocol):
    """Every call may raise one of the errors below, and nothing else that is its caller's to handle."""

    name: str

    def begin(self, *, state: str, return_url: str, ends_at: datetime) -> Begun:
        """Tell the provider of a consent to come. state: what the bank's answer must bring back."""

    def exchange(self, *, code: str) -> Granted:
        """Turn the answer's code into tokens. A code is taken once."""

    def refresh_tokens(self, *, refresh_token: str) -> Tokens: ...

    def accounts(self, *, access_token: str) -> Sequence[ReadAccount]: ...

    def transactions(self, *, access_token: str, cursor: str) -> Page:
        """One page of what changed since the cursor; "" is the beginning."""

    def revoke(self, *, provider_consent: str) -> None:
        """Tell the provider that the consent is over. Safe to repeat, and for one it does not know any more."""


class ProviderError(Exception):
    """A call failed; the message is for the record, and holds nothing personal."""


class ProviderSilent(ProviderError):
    """No answer, or one that means trouble on their side: the same call may succeed later."""

    def __init__(self, message: str, *, retry_after_s: float = 0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TokenOver(ProviderError):
    """The access token is not taken any more: get a new one."""


class ConsentGone(ProviderError):
    """The bank or its customer has ended the consent, or never gave it."""
