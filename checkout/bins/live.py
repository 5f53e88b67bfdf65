"""The table that this process looks cards up in. It changes while sales run: each look-up takes the one of now.

`checkout.bins.watch` says which one that is; until it does, and where no list was ever imported, the file that the settings
name decides.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable

from checkout.network.bin_table import BinTable, CardBin
from checkout.network.cards import shipped_table

_lock = threading.Lock()
_live: BinTable | None = None
_is_following = False
_follow: Callable[[], None] | None = None


def bin_for(pan: str) -> CardBin:
    """Network and kind of account of a card number; "ordinary" where no list names its first digits."""
    return (_live if _live is not None and _is_following else table()).find(pan)


def bin_spans() -> Iterable[tuple[str, str, CardBin]]:
    """The ranges as few as can be, for a page that names a card while it is typed: from, to (eleven digits), what they tell."""
    return table().spans()


def table() -> BinTable:
    """The table in force in this process."""
    global _is_following
    if not _is_following:
        with _lock:
            if not _is_following:
                if _follow is not None:
                    _follow()
                _is_following = True
    return _live if _live is not None else shipped_table()


def switch_to(found: BinTable | None) -> None:
    """From here on look-ups use this table; None: the file's."""
    global _live
    _live = found


def at_first_use(follow: Callable[[], None]) -> None:
    """Who is told, once in each process, that a card is looked up: it may switch, and go on switching later."""
    global _follow
    _follow = follow


def _new_in_child() -> None:
    """A forked process keeps the table and must follow by itself: threads and locks are its parent's."""
    global _lock, _is_following
    _lock, _is_following = threading.Lock(), False


os.register_at_fork(after_in_child=_new_in_child)
