"""A publisher's folder over HTTPS: ETag for what is small, Range for what is large."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from common.outgoing import AddressForbidden, Answer, CallFailed, also_reaching, call, download
from eligibility.lists.errors import NotAuthentic, SourceUnreachable
from eligibility.lists.sources.port import Got, own_networks

SMALL_TIMEOUT_S: Final = 30.0
TIMEOUT_S: Final = 3_600.0
STALL_S: Final = 30.0
LATER: Final = frozenset({408, 425, 429})


class HttpsSource:
    def __init__(self, url: str, *, token: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def read(self, path: str, *, max_bytes: int, mark: str = "") -> Got:
        headers = self._headers | ({"If-None-Match": mark} if mark else {})
        try:
            with also_reaching(*own_networks(self._url)):
                answer = call("GET", f"{self._url}/{path}", headers=headers, timeout_s=SMALL_TIMEOUT_S, max_bytes=max_bytes)
        except (AddressForbidden, CallFailed) as error:
            raise SourceUnreachable(f"{path}: {error}") from error
        if answer.status == 304:
            return Got(None, mark)
        _require_good(answer, path, {200})
        if answer.is_cut:
            raise NotAuthentic(f"{path} is larger than {max_bytes:,} bytes.")
        return Got(answer.body, answer.headers.get("etag", ""))

    def download(self, path: str, to: Path, *, size: int) -> None:
        have = to.stat().st_size if to.exists() else 0
        if have >= size:
            return
        with to.open("ab") as file:
            headers = self._headers | ({"Range": f"bytes={have}-"} if have else {})
            try:
                with also_reaching(*own_networks(self._url)):
                    answer = download(
                        f"{self._url}/{path}", into=file, headers=headers, timeout_s=TIMEOUT_S, stall_s=STALL_S,
                        max_bytes=size - have, resumes_at=have,
                    )  # fmt: skip
            except (AddressForbidden, CallFailed) as error:
                raise SourceUnreachable(f"{path}: {error}") from error
        if answer.status == 416:  # shorter than what we have: that was of another file
            to.unlink()
            raise SourceUnreachable(f"{path} is another file than before; it is fetched anew.")
        _require_good(answer, path, {200, 206})
        if answer.is_cut:
            raise NotAuthentic(f"{path} is longer than the {size:,} bytes that its manifest names.")


def _require_good(answer: Answer, path: str, good: set[int]) -> None:
    if answer.status in good:
        return
    said = f"{path}: the publisher answers {answer.status}."
    if answer.status >= 500 or answer.status in LATER:
        raise SourceUnreachable(said)
    raise SourceUnreachable(f"{said} Look at the address and the token.")
