"""Notifications of change: the receiving bank says how an account is to be written from now on."""

from __future__ import annotations

from merchants.services import record_events
from treasury.banks.types import Correction
from treasury.models import BankAccount
from vault.audit.services import record_about


def correct_account(account: BankAccount, correction: Correction) -> None:
    """Write the account as its bank says: NACHA's rules ask for it before the next payment. Who holds it does not change.

    In the caller's transaction. Needs the merchant's key: raises MerchantKeyRevoked where the bank has locked it.
    """
    changed = []
    for name in ("routing_number", "account_number"):
        value = getattr(correction, name)
        if value is not None and value != getattr(account, name):
            setattr(account, name, value)
            changed.append(name)
    if correction.account_kind and correction.account_kind != account.kind:
        account.kind = correction.account_kind
        changed.append("kind")
    if not changed:
        return
    if "account_number" in changed:
        account.last4 = str(account.account_number)[-4:]
    account.save()
    record_about(account, "corrected", details={"code": correction.code, "fields": changed})
    told = {"last4": account.last4, "code": correction.code, "fields": changed}
    record_events(merchant=account.merchant, events=[("bank_account.corrected", account.public_id, told)])
