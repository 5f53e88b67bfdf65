"""Writing down what a provider read: as often as it is told, the rows are the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.bank.port import Page, ReadAccount, ReadTransaction
from vault.blind import blind_index

KEPT: Final = timedelta(days=800)  # two years and what a yearly payment may be late
PAYEE: Final = "shoppers.BankTransaction.payee"
KINDS: Final = frozenset(BankAccount.Kind.values)
LONGEST_PAYEE: Final = 140


def write_accounts(consent: BankConsent, read: Sequence[ReadAccount]) -> None:
    """Make the consent's accounts those that were read: new ones, changed ones, and none that is no more."""
    known = {row.provider_id: row for row in consent.accounts.all()}
    for each in read:
        row = known.pop(each.provider_id, None) or BankAccount(
            consent=consent, account_id=consent.account_id, provider_id=each.provider_id[:120]
        )
        row.masked_number, row.kind = each.masked_number[:20], each.kind if each.kind in KINDS else BankAccount.Kind.OTHER
        row.currency, row.balance_cents, row.balance_at = each.currency[:3], each.balance_cents, each.balance_at
        row.save()
    BankAccount.objects.filter(pk__in=[row.pk for row in known.values()]).delete()


def write_page(consent: BankConsent, page: Page) -> None:
    """Write one page: what it brings is added or changed, what it takes back goes. A page that comes twice changes nothing."""
    accounts = {row.provider_id: row for row in consent.accounts.all()}
    mine = BankTransaction.objects.filter(bank_account__consent=consent)
    oldest = timezone.now().date() - KEPT
    written = _last_of_each(each for each in page.written if each.account_id in accounts and each.booked_on >= oldest)
    for key in page.removed:  # what a page adds and takes back is no more
        written.pop(key, None)
    mine.filter(provider_id__in=page.removed).delete()
    known = {row.provider_id: row for row in mine.filter(provider_id__in=written)}
    new = [
        _filled(BankTransaction(provider_id=key), each, accounts[each.account_id])
        for key, each in written.items()
        if key not in known
    ]
    BankTransaction.objects.bulk_create(new)
    for key, row in known.items():
        if _differs(row, written[key], accounts[written[key].account_id]):
            _filled(row, written[key], accounts[written[key].account_id]).save()


def forget_old(consent: BankConsent) -> None:
    """Delete transactions that nothing looks at any more."""
    BankTransaction.objects.filter(bank_account__consent=consent, booked_on__lt=timezone.now().date() - KEPT).delete()


def payee_key(payee: str) -> str:
    """The same for the same payee, in any case and spacing; it tells nobody who that is."""
    return blind_index(label=PAYEE, value=" ".join(payee.split()), merchant_id=None)


def _last_of_each(read: Iterable[ReadTransaction]) -> dict[str, ReadTransaction]:
    """By the provider's id; what a page says last of a payment counts."""
    return {each.provider_id[:120]: each for each in read}


def _filled(row: BankTransaction, each: ReadTransaction, at: BankAccount) -> BankTransaction:
    row.bank_account, row.account_id = at, at.account_id
    row.booked_on, row.amount_cents, row.mcc, row.is_pending = each.booked_on, each.amount_cents, _mcc(each.mcc), each.is_pending
    row.payee = each.payee.replace("\x00", "")[:LONGEST_PAYEE]
    row.payee_key = payee_key(row.payee)
    return row


def _differs(row: BankTransaction, each: ReadTransaction, at: BankAccount) -> bool:
    said: tuple[int, date, int, str, bool, str] = (
        at.pk, each.booked_on, each.amount_cents, _mcc(each.mcc), each.is_pending, payee_key(each.payee.replace("\x00", "")[:LONGEST_PAYEE]),
    )  # fmt: skip
    return said != (row.bank_account_id, row.booked_on, row.amount_cents, row.mcc, row.is_pending, row.payee_key)


def _mcc(written: str) -> str:
    return written if len(written) == 4 and written.isascii() and written.isdigit() else ""
