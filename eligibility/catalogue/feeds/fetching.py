"""Fetching a feed's file to disk: only if it changed, no more than may be, and credentials to its own server alone."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Final
from urllib.parse import urljoin

from django.conf import settings

from common.outgoing import Address, Answer, CallFailed, check_url, download
from eligibility.catalogue.errors import UploadTooLarge
from eligibility.catalogue.feeds.credentials import credential_headers
from eligibility.models import CatalogueFeed

TIMEOUT_S: Final = 240.0  # for all of it, redirects too: well below the lease of a pull
STALL_S: Final = 30.0
BLOCK: Final = 256 * 1024
MAX_REDIRECTS: Final = 3
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
USER_AGENT: Final = "FSA-Platform-Feeds/1"


class FetchRefused(Exception):
    """The server answered, but with no file; the message is for the merchant."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. file: None where the server says that nothing changed."""

    file: IO[bytes] | None
    status: int
    size: int
    digest: str
    etag: str
    last_modified: str
    content_type: str
    filename: str


def fetch(feed: CatalogueFeed) -> Fetched:
    """Raises AddressForbidden, CallFailed, FetchRefused, UploadTooLarge."""
    first = check_url(feed.url)
    asked = {"User-Agent": USER_AGENT, "Accept": "text/csv, application/xml, application/x-ndjson, */*;q=0.5"}
    asked |= _conditions(feed)
    secret = credential_headers(feed)
    address, file = first, TemporaryFile()  # noqa: SIM115  # read after this; closed with its last reference
    until = time.monotonic() + TIMEOUT_S
    for _ in range(MAX_REDIRECTS + 1):
        headers = asked | (secret if address.origin == first.origin else {})
        answer = _hop(address, file, headers, until)
        if answer.status not in REDIRECTS or not answer.headers.get("location"):
            return _fetched(answer, file, address)
        address = _next(address, answer.headers["location"])
    raise FetchRefused("The address leads on and on: give the one where the file lies.", answer.status)


def _hop(address: Address, file: IO[bytes], headers: dict[str, str], until: float) -> Answer:
    """until: of `time.monotonic`; all hops together end by then."""
    late = CallFailed("timeout", f"The whole file did not come within {TIMEOUT_S:g} s.")
    if (left_s := until - time.monotonic()) <= 0:
        raise late
    try:
        return download(
            address.url, into=file, headers=headers, timeout_s=left_s, stall_s=STALL_S, max_bytes=settings.FEED_MAX_BYTES
        )
    except CallFailed as silence:
        if silence.kind == "timeout" and time.monotonic() >= until:
            raise late from silence
        raise


def _conditions(feed: CatalogueFeed) -> dict[str, str]:
    found = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in found.items() if value}


def _next(address: Address, location: str) -> Address:
    following = check_url(urljoin(address.url, location))
    if address.scheme == "https" and following.scheme != "https":
        raise FetchRefused("The address leads on to one without https://, which is not followed.", 302)
    return following


def _fetched(answer: Answer, file: IO[bytes], address: Address) -> Fetched:
    if answer.status != 304 and answer.status != 200:
        raise FetchRefused(_words(answer.status), answer.status)
    if answer.is_cut:
        raise UploadTooLarge(f"The file has more than {settings.FEED_MAX_BYTES:,} bytes: compress it with gzip, or divide it.")
    size = file.tell()
    file.seek(0)
    digest = _digest(file) if answer.status == 200 else ""
    file.seek(0)
    headers = answer.headers
    return Fetched(
        file=file if answer.status == 200 else None, status=answer.status, size=size,
        digest=digest, etag=_kept(headers.get("etag", ""), 300), last_modified=_kept(headers.get("last-modified", ""), 80),
        content_type=headers.get("content-type", ""), filename=address.target.partition("?")[0].rpartition("/")[2],
    )  # fmt: skip


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _words(status: int) -> str:
    match status:
        case 401 | 403:
            return f"The server answered {status}: it does not let us in. Check user name, password or header."
        case 404 | 410:
            return f"The server answered {status}: there is no file at this address any more."
        case 429:
            return "The server answered 429: it was asked too often."
        case _:
            return f"The server answered {status} instead of the file."


def _kept(value: str, length: int) -> str:
    """As it can be sent back; one that is longer is not kept, since half of it means nothing."""
    return value if len(value) <= length and value.isprintable() else ""
