"""What any source can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings

from common.loopback_server import LOOPBACK
from eligibility.models import ListSource


@dataclass(frozen=True, slots=True)
class Got:
    """A small file. content is None where it has not changed since `mark`."""

    content: bytes | None
    mark: str


class Source(Protocol):
    """A folder at the publisher. Errors are `ListFault`s; SourceUnreachable where another try may go well."""

    def read(self, path: str, *, max_bytes: int, mark: str = "") -> Got:
        """A small file, unless it is still what it was at `mark` (an ETag, or size and time)."""
        ...

    def download(self, path: str, to: Path, *, size: int) -> None:
        """Bring the file of `size` bytes to disk. What lies there already is its beginning: only the rest is fetched."""
        ...


def own_networks(url: str) -> tuple[str, ...]:
    """The loopback address where the sandbox's own publisher listens, if that is what the address names; else nothing."""
    own = {f"{LOOPBACK}:{port}" for port in (settings.LIST_PUBLISHER_PORT, settings.LIST_PUBLISHER_SFTP_PORT)}
    return (f"{LOOPBACK}/32",) if settings.IS_SANDBOX and urlsplit(url).netloc in own else ()


def source_for(source: ListSource) -> Source:
    """The adapter for the source's kind."""
    from eligibility.lists.sources.https import HttpsSource
    from eligibility.lists.sources.sftp import SftpSource

    if source.kind == ListSource.Kind.HTTPS:
        return HttpsSource(source.url, token=str(source.secret))
    if source.kind == ListSource.Kind.SFTP:
        return SftpSource(source.url, username=source.username, secret=str(source.secret), host_key=source.host_key)
    raise ValueError(f"{source} is entered here: nothing is fetched for it.")
