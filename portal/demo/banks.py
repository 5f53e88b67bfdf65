"""Two of the demo's shoppers let us read the sandbox's bank: what they would press, pressed for them, over HTTP like anybody."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings

from common.outgoing import AddressForbidden, CallFailed, call
from common.tokens import new_token
from portal.demo.shoppers import HOST
from shoppers.accounts import ShopperAccount, account_index
from shoppers.bank.consents import finish_consent, start_consent
from shoppers.bank.errors import BankUnreachable
from shoppers.bank.models import BankConsent
from shoppers.bank.providers import is_offered
from shoppers.bank.refreshing import refresh_consent

LINKS: Final = {f"ann@{HOST}": "jordan", f"cleo@{HOST}": "sam"}  # shopper -> customer of the sandbox's bank


def link_banks() -> int:
    """Link and read them, where the sandbox's bank listens. Returns how many were new. Safe to repeat; outside a transaction."""
    linked = 0
    for email, customer in LINKS.items() if is_offered() else ():
        account = ShopperAccount.objects.filter(email_index=account_index(email)).first()
        if account and not BankConsent.objects.filter(account=account, granted_at__isnull=False).exists():
            linked += _link(account, customer)
    return linked


def _link(account: ShopperAccount, customer: str) -> bool:
    browser = new_token()
    try:
        url = start_consent(account=account, browser=browser, return_url=f"{settings.BASE_URL}/me/bank/return/")
        form = urlencode({"customer": customer, "answer": "allow"}).encode()
        back: dict[str, Any] = parse_qs(urlsplit(call("POST", url, data=form).headers["location"]).query)
        consent = finish_consent(account=account, browser=browser, state=back["state"][0], code=back["code"][0])
    except (BankUnreachable, CallFailed, AddressForbidden, KeyError):
        return False  # no bank listens: the next run links it
    return refresh_consent(consent_id=consent.pk)
