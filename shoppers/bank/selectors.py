"""A shopper's linked banks, as they and nobody else see them."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import Http404

from shoppers.accounts import ShopperAccount
from shoppers.bank.models import BankAccount, BankConsent, BankTransaction


def consents_of(account: ShopperAccount) -> list[BankConsent]:
    """Consents in force with their accounts, newest first."""
    accounts = Prefetch("accounts", BankAccount.objects.order_by("kind", "pk"))
    rows = BankConsent.objects.filter(account=account, state=BankConsent.State.ACTIVE).prefetch_related(accounts)
    return list(rows.order_by("-pk"))


def ended_consents_of(account: ShopperAccount, most: int = 5) -> list[BankConsent]:
    """The last ones that were in force once and are over."""
    rows = BankConsent.objects.filter(account=account, granted_at__isnull=False, ended_at__isnull=False)
    return list(rows.order_by("-ended_at")[:most])


def consent_of(account: ShopperAccount, public_id: str) -> BankConsent:
    """One in force of this shopper; Http404 for any other."""
    found = BankConsent.objects.filter(account=account, public_id=public_id, state=BankConsent.State.ACTIVE).first()
    if found is None:
        raise Http404
    return found


def transaction_count(consent: BankConsent) -> int:
    return BankTransaction.objects.filter(bank_account__consent=consent).count()
