"""Ways to deliver a right file badly. Each is one small function from the delivery as it should be to the one that happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one file goes out. size: bytes that are promised; cut_at: where the line breaks; flipped: a byte that arrives as another."""

    path: Path
    size: int
    etag: str
    cut_at: int | None = None
    flipped: int | None = None
    chunk_bytes: int = 1 << 18
    pause_s: float = 0.0
    is_busy: bool = False

    def read(self, start: int, stop: int) -> bytes:
        """The bytes as they arrive; none beyond where the line breaks."""
        stop = min(stop, self.size if self.cut_at is None else self.cut_at)
        if stop <= start:
            return b""
        with self.path.open("rb") as file:
            file.seek(start)
            data = bytearray(file.read(stop - start))
        if self.flipped is not None and start <= self.flipped < start + len(data):
            data[self.flipped - start] ^= 0xFF
        return bytes(data)


def slow(delivery: Delivery) -> Delivery:
    """It trickles: 8 kB every half second."""
    return replace(delivery, chunk_bytes=8_192, pause_s=0.5)


def cut_off(delivery: Delivery) -> Delivery:
    """The line breaks after half of what was promised."""
    return replace(delivery, cut_at=delivery.size // 2)


def half_file(delivery: Delivery) -> Delivery:
    """Half a file, sent as if it were the whole."""
    return replace(delivery, size=delivery.size // 2, etag=f"{delivery.etag}-half")


def wrong_checksum(delivery: Delivery) -> Delivery:
    """One byte in the middle is another than the manifest vouches for."""
    return replace(delivery, flipped=delivery.size // 2, etag=f"{delivery.etag}-flipped")


def busy(delivery: Delivery) -> Delivery:
    """Try again later (HTTP 503, over SFTP a failure)."""
    return replace(delivery, is_busy=True)


DELIVERIES: Final[dict[str, Callable[[Delivery], Delivery]]] = {
    each.__name__: each for each in (slow, cut_off, half_file, wrong_checksum, busy)
}
