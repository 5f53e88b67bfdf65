"""Fetching the payment pages over HTTP, as a shopper's browser does, and comparing them with the inventory."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from urllib.parse import urljoin

import httpx
from django.conf import settings
from django.urls import reverse

from checkout.models import CheckoutSession
from checkout.payment_pages.inventory import PageName, Script, integrity, inventory
from checkout.payment_pages.models import PageCheck
from checkout.payment_pages.reading import Reading, as_compared, imports_of, read_page
from merchants.models import Merchant

logger = logging.getLogger(__name__)
TIMEOUT_S = 15
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml", "Accept-Language": "en-US,en;q=0.9",
}  # fmt: skip


def check_payment_pages(*, client: httpx.Client | None = None) -> list[PageCheck]:
    """Look at the pay page and the card frame of the newest open session, and keep what was found.

    Whatever differs is logged as an error and stays on the admin's front page until a later look is clean. Without an open
    session there is no page to look at, and nothing is kept: the front page then says when the last look was too long ago.
    """
    session = CheckoutSession.objects.select_related("merchant").filter(status=CheckoutSession.Status.OPEN).first()
    if session is None:
        logger.warning("payment pages were not checked: no session is open")
        return []
    with client or httpx.Client(timeout=TIMEOUT_S, headers=BROWSER) as browser:
        return [_checked(browser, page, url, session) for page, url in addresses_of(session).items()]


def addresses_of(session: CheckoutSession) -> dict[PageName, str]:
    return {
        "pay": settings.BASE_URL + reverse("checkout:pay", args=[session.public_id]),
        "card_frame": settings.CARD_FRAME_ORIGIN + reverse("checkout:card_frame", args=[session.public_id]),
    }


def _checked(browser: httpx.Client, page: PageName, url: str, session: CheckoutSession) -> PageCheck:
    look = Look(browser, page, url, session)
    try:
        look.run()
    except httpx.HTTPError as error:
        look.findings.append(f"the page could not be fetched: {type(error).__name__}")
    findings = [finding.replace(session.public_id, "{session}") for finding in look.findings]
    check = PageCheck.objects.create(
        page=page, is_clean=not findings, findings=findings, scripts=look.scripts, headers=look.headers
    )
    for finding in findings:
        logger.error("payment page %s differs from the inventory: %s (%s)", page, finding, check.public_id)
    return check


class Look:
    """One look at one page."""

    def __init__(self, browser: httpx.Client, page: PageName, url: str, session: CheckoutSession) -> None:
        self.browser, self.page, self.url, self.session = browser, page, url, session
        self.findings: list[str] = []
        self.scripts: dict[str, str] = {}
        self.headers: dict[str, str] = {}

    def run(self) -> None:
        answer = self.browser.get(self.url, follow_redirects=False)
        if answer.status_code != 200:
            self.findings.append(f"the page answers {answer.status_code}")
            return
        self._compare_headers(answer.headers)
        reading = read_page(self.url, answer.text)
        self.findings += reading.faults
        self._compare_scripts(reading)

    def _compare_headers(self, served: httpx.Headers) -> None:
        for name, template in inventory().headers[self.page].items():
            expected = template.format_map(self._names())
            found = served.get(name, "")
            self.headers[name] = as_compared(name, found)
            if not expected and not found:
                continue
            if not found:
                self.findings.append(f"the header {name} is missing")
            elif as_compared(name, found) != as_compared(name, expected):
                self.findings.append(f"the header {name} is “{found[:300]}” instead of “{expected[:300]}”")

    def _names(self) -> Mapping[str, str]:
        embedders = " ".join(self.session.merchant.embed_origins)
        framed = [settings.CARD_FRAME_ORIGIN]
        if self.session.merchant.three_d_secure != Merchant.ThreeDSecure.OFF:
            framed.append(settings.BASE_URL)  # a bank's challenge
        is_https = settings.BASE_URL.startswith("https://")
        return {
            "card_frame_origin": " ".join(framed), "base_url": settings.BASE_URL, "embedders": embedders,
            "embedders_or_none": embedders or "'none'", "frame_options": "" if embedders else "DENY",
            "hsts": "max-age=31536000; includeSubDomains" if is_https else "",
        }  # fmt: skip

    def _compare_scripts(self, reading: Reading) -> None:
        known = {self._address(script): script for script in inventory().scripts_of(self.page)}
        for address, attribute in {**reading.preloads, **reading.scripts}.items():
            if address not in known:
                self.findings.append(f"the script {address} is not in the inventory")
                self._fetch(address)
            elif attribute != known[address].sha384:
                self.findings.append(f"the script {address} is not bound to the content that was authorised")
        for address, script in known.items():
            if address not in (reading.scripts if script.is_entry else reading.preloads):
                self.findings.append(f"the script {address} is missing")
            content = self._fetch(address)
            if content is not None and integrity(content) != script.sha384:
                self.findings.append(f"the script {address} was changed and not authorised")
            for imported in imports_of(address, (content or b"").decode(errors="replace")) - set(known):
                self.findings.append(f"the script {address} imports {imported}, which is not in the inventory")

    def _address(self, script: Script) -> str:
        return urljoin(self.url, settings.STATIC_URL + script.path)

    def _fetch(self, address: str) -> bytes | None:
        """The bytes that are served; None, and a finding, where there are none."""
        answer = self.browser.get(address, follow_redirects=False)
        if answer.status_code != 200:
            self.findings.append(f"the script {address} answers {answer.status_code}")
            return None
        self.scripts[address] = integrity(answer.content)
        return answer.content
