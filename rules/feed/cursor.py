"""The cursor of a feed: the order of everything that is still to come, as it was when the first page was made.

So a page sequence neither repeats nor skips, whatever is judged, seen or published meanwhile. It opens nothing: what it
names is looked at again as it is shown.
"""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Final

from common.api.pages import CursorInvalid

MARK: Final = b"s1"
MOST_SLOTS: Final = 400  # a feed has no more; a page address must fit into every program's limit
SLOT_BYTES: Final = 3
MOST_SHOWN: Final = 1_000  # on all pages before; a place further on would not be taken back with feedback either


def encode(*, shown: int, slots: Sequence[int]) -> str:
    """shown: how many came before; slots: what comes, in order, MOST_SLOTS at most."""
    body = b"".join(number.to_bytes(SLOT_BYTES) for number in (shown, *slots))
    return urlsafe_b64encode(MARK + zlib.crc32(body).to_bytes(4) + body).decode().rstrip("=")


def decode(cursor: str) -> tuple[int, tuple[int, ...]]:
    """What `encode` was given. Raises CursorInvalid."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        check, body = raw[2:6], raw[6:]
        if raw[:2] != MARK or zlib.crc32(body).to_bytes(4) != check or len(body) % SLOT_BYTES:
            raise ValueError
        shown, *slots = (int.from_bytes(body[at : at + SLOT_BYTES]) for at in range(0, len(body), SLOT_BYTES))
        if (
            shown > MOST_SHOWN
            or len(slots) > MOST_SLOTS
            or len(set(slots)) != len(slots)
            or encode(shown=shown, slots=slots) != cursor
        ):
            raise ValueError
    except ValueError as error:
        raise CursorInvalid("The cursor is not one that this feed gave out: start again without it.", param="cursor") from error
    return shown, tuple(slots)
