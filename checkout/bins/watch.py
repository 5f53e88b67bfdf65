"""Each process follows the table of card ranges: it reads the ranges of today when a list was applied, and when a day begins.

What cannot be read leaves the old table in force. A day is UTC's.
"""

from __future__ import annotations

import logging
import os
import threading
from datetime import date
from typing import Final, cast

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from checkout.bins import live
from checkout.models import BinPointer, BinRange
from checkout.network.bin_table import AccountKind, BinTable, CardBin
from common import following

logger = logging.getLogger(__name__)
CHANNEL: Final = "checkout:card-bins"  # on which processes hear of a change


class Watcher:
    """One for each process. `look` is called by one thread at a time."""

    def __init__(self) -> None:
        self._seen: tuple[int, date] | None = None
        self._mutex = threading.Lock()

    def look(self) -> None:
        """Serve the ranges of now. One query where nothing changed."""
        with self._mutex:
            number = BinPointer.objects.filter(name="cards").values_list("number", flat=True).first()
            seen = (number or 0, timezone.now().date())
            if seen == self._seen:
                return
            live.switch_to(table_on(seen[1]) if number else None)
            self._seen = seen
            logger.info("card ranges number %s are in force", number or "none, the file's")


def table_on(day: date) -> BinTable:
    """The ranges that count on a day, of all sources; each combination of what they tell is one object."""
    rows = BinRange.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), ended_by=None, valid_from__lte=day)
    told: dict[tuple[str, str, bool], CardBin] = {}
    ranges = []
    for low, high, network, kind, auto_sub in rows.values_list("bin_from", "bin_to", "network", "account_kind", "auto_sub"):
        found = told.setdefault((network, kind, auto_sub), CardBin(network, cast(AccountKind, kind), auto_sub))
        ranges.append((low, high, found))
    return BinTable(ranges)


_watcher = Watcher()


def watcher() -> Watcher:
    return _watcher


def follow() -> None:
    """Look now, and from here on in a thread; with CARD_BINS_POLL_S 0 nothing is followed and the file decides."""
    if settings.CARD_BINS_POLL_S > 0:
        following.follow(channel=CHANNEL, look=lambda: _watcher.look(), pause_s=settings.CARD_BINS_POLL_S)


def _new_in_child() -> None:
    """A forked process follows by itself, from the start."""
    global _watcher
    _watcher = Watcher()


os.register_at_fork(after_in_child=_new_in_child)
live.at_first_use(follow)
