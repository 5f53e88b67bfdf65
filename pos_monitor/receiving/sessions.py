"""All sockets of one process by terminal: who is looked up to hand down a command, and who is let go when a token ends."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, Final

from pos_monitor.estate.token_map import TokenMap
from pos_monitor.receiving.session import Session

LOOK_S: Final = 1.0
LOOKS: Final = 30  # after so many all are looked at in any case: a token may have ended while its socket was being opened
AT_ONCE: Final = 2_000  # sockets looked at before others get their turn
CLOSED_TOKEN, CLOSED_AGAIN = 4401, 1012


class Sessions:
    """A terminal may hold two sockets for a moment, when it comes back before we know that it was gone: the newest is told things."""

    def __init__(self) -> None:
        self._of: dict[int, list[Session]] = {}
        self._endings = 0  # of tokens, that were looked after

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def add(self, session: Session) -> None:
        self._of.setdefault(session.found.number, []).append(session)

    def remove(self, session: Session) -> None:
        held = self._of.get(session.found.number, [])
        if session in held:
            held.remove(session)
        if not held:
            self._of.pop(session.found.number, None)

    def newest(self, number: int) -> Session | None:
        held = self._of.get(number)
        return held[-1] if held else None

    def hand(self, number: int, frame: bytes) -> bool:
        """Send it down, if the terminal is still here."""
        session = self.newest(number)
        if session is not None:
            session.line.tell(frame)
        return session is not None

    def numbers(self) -> list[int]:
        return list(self._of)

    def all(self) -> list[Session]:
        return [session for held in self._of.values() for session in held]

    def close_all(self, code: int = CLOSED_AGAIN, reason: str = "come back") -> None:
        for session in self.all():
            session.line.end(code, reason)

    async def watch_tokens(self, tokens: TokenMap) -> None:
        """Let go whoever's token has ended, for ever."""
        for look in itertools.count():
            await asyncio.sleep(LOOK_S)
            if tokens.endings == self._endings and look % LOOKS:
                continue
            self._endings = tokens.endings
            everyone = iter(self.all())
            while some := list(itertools.islice(everyone, AT_ONCE)):
                for session in some:
                    if tokens.find(session.token) is None:
                        _let_go(session)
                await asyncio.sleep(0)


def _let_go(session: Session) -> None:
    told: dict[str, Any] = {"code": "terminal_token_invalid", "message": "This token was revoked: enrol the terminal anew."}
    session.tell({"error": told})
    session.line.end(CLOSED_TOKEN, "terminal_token_invalid")
