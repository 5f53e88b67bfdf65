"""Tokens that this process does not know: most are nobody's, and one may be newer than our news.

Whoever guesses must not load the database, nor use up the look-ups that a terminal needs whose token was made a second ago: each address has a share of
its own, what was looked up in vain is not looked up again, and look-ups have threads of their own, so that who is known waits for none of them.
Who has used up a share is told to come later and not that the token is wrong, because that is not known; by then it has come with the news.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.db import DatabaseError, connection

from common.addresses import one_caller
from merchants.keys.text import mode
from pos_monitor.estate.revisions import POLL_S
from pos_monitor.estate.tokens import Found
from pos_monitor.receiving.errors import ReportsNotNow

logger = logging.getLogger(__name__)

LOOKS_PER_S, BURST = 20.0, 20  # of all callers of this process together
ADDRESS_PER_S, ADDRESS_BURST = 1.0, 5  # of one address: a shop that was set up just now has a few tills
THREADS: Final = 2
MOST_ADDRESSES: Final = 10_000  # in memory
MOST_REFUSED: Final = 20_000  # tokens that were looked up in vain, in memory
LONGEST_TOKEN: Final = 100
LATER_S: Final = (POLL_S, 2 * POLL_S)  # the news are there


class Strangers:
    """One for each process, used from its event loop. look_up: asks the database whose token this is, in a thread; it may raise DatabaseError."""

    def __init__(self, look_up: Callable[[str], Found | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._look_up, self._clock = look_up, clock
        self._threads = ThreadPoolExecutor(THREADS, "strangers")
        self._addresses: dict[str, float] = {}  # when the share of an address is whole again
        self._all_at = float("-inf")
        self._refused: dict[bytes, None] = {}  # SHA-256 of tokens, the oldest first

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def whose(self, token: str, address: str) -> Found | None:
        """Whose token this is, if anybody's. address: of the caller. Raises ReportsNotNow where that cannot be known now."""
        if not token.startswith(f"trm_{mode()}_") or len(token) > LONGEST_TOKEN:
            return None
        digest = hashlib.sha256(token.encode()).digest()
        if digest in self._refused:
            return None
        if not self._may_look(one_caller(address)):
            raise ReportsNotNow(
                "Tokens that are not known here are looked up a few at a time: try again.", retry_after_s=later_s()
            )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, self._look, token)
        if found is None:
            self._refused[digest] = None
            if len(self._refused) > MOST_REFUSED:
                del self._refused[next(iter(self._refused))]
        return found

    def _may_look(self, address: str) -> bool:
        now = self._clock()
        address_at = max(self._addresses.get(address, now), now) + 1 / ADDRESS_PER_S
        all_at = max(self._all_at, now) + 1 / LOOKS_PER_S
        if address_at - now > ADDRESS_BURST / ADDRESS_PER_S or all_at - now > BURST / LOOKS_PER_S:
            return False
        self._addresses[address], self._all_at = address_at, all_at
        if len(self._addresses) > MOST_ADDRESSES:
            self._addresses = {one: at for one, at in self._addresses.items() if at > now}
        return True

    def _look(self, token: str) -> Found | None:
        try:
            return self._look_up(token)
        except DatabaseError as error:
            logger.warning("an unknown token cannot be looked up: %s", error)
            raise ReportsNotNow(retry_after_s=later_s()) from None
        finally:
            connection.close()


def later_s() -> float:
    return random.uniform(*LATER_S)  # noqa: S311  # nosec B311  # spreads callers, guards nothing
