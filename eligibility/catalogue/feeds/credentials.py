"""What a feed's server is told to let us in."""

from __future__ import annotations

import base64
import re
from typing import Final
from urllib.parse import urlsplit

from eligibility.catalogue.feeds.errors import FeedCredentialsInvalid
from eligibility.models import CatalogueFeed

Auth = CatalogueFeed.Auth
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}")
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,1998}[\x21-\x7e])?")
OURS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "if-none-match",
                         "if-modified-since", "user-agent", "range", "upgrade", "te", "trailer", "expect"})  # fmt: skip


def check_credentials(kind: str, name: str, secret: str | None) -> None:
    """Raises FeedCredentialsInvalid. secret: None where the one that is kept stays."""
    if kind == Auth.NONE:
        return
    if kind == Auth.BASIC and (not name or ":" in name or not name.isprintable()):
        raise FeedCredentialsInvalid("Give a user name, without a colon.", param="auth")
    if kind == Auth.HEADER and (not HEADER_NAME.fullmatch(name) or name.lower() in OURS):
        raise FeedCredentialsInvalid("Give the name of a header of your own, such as X-Feed-Key.", param="auth")
    if secret is not None and (not secret or (kind == Auth.HEADER and not VALUE.fullmatch(secret)) or len(secret) > 2_000):
        raise FeedCredentialsInvalid("Give the password, or what the header says: at most 2,000 plain characters.", param="auth")


def check_same_server(known: str, wanted: str) -> None:
    """A secret that is kept was given for one server, and no other is told it unasked. known, wanted: as `check_url` wrote them.
    Raises FeedCredentialsInvalid where scheme, host or port differ."""
    if urlsplit(known)[:2] != urlsplit(wanted)[:2]:
        raise FeedCredentialsInvalid(
            "The new address is on another server: give the password (or what the header says) again for it, or remove it.",
            param="auth.secret",
        )


def credential_headers(feed: CatalogueFeed) -> dict[str, str]:
    """Opens what is sealed. Raises MerchantKeyRevoked while the bank keeps the merchant's key locked."""
    if feed.auth_kind == Auth.NONE or feed.auth_secret is None:
        return {}
    secret = str(feed.auth_secret)
    if feed.auth_kind == Auth.HEADER:
        return {feed.auth_name: secret}
    return {"Authorization": "Basic " + base64.b64encode(f"{feed.auth_name}:{secret}".encode()).decode()}
