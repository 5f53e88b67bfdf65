"""A shopper who links the sandbox's bank, over HTTP like anybody."""

from __future__ import annotations

import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from shoppers.accounts import ShopperAccount
from shoppers.bank.consents import finish_consent, start_consent
from shoppers.bank.models import BankConsent

BROWSER = "a browser's mark"
RETURN = "https://platform.example/me/bank/return/"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def answer_at_bank(url: str, customer: str = "jordan", answer: str = "allow") -> dict[str, str]:
    """Press a button on the bank's page; what it sends the browser back with."""
    data = urlencode({"customer": customer, "answer": answer}).encode()
    with pytest.raises(urllib.error.HTTPError) as redirect:
        urllib.request.build_opener(_NoRedirect).open(url, data)
    location = redirect.value.headers["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def linked(account: ShopperAccount, customer: str = "jordan") -> BankConsent:
    url = start_consent(account=account, browser=BROWSER, return_url=RETURN)
    back = answer_at_bank(url, customer)
    return finish_consent(account=account, browser=BROWSER, state=back["state"], code=back["code"])
