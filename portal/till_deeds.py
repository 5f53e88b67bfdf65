"""What a merchant's people can do with a till of theirs now, in the words of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from pos_monitor.estate.lifecycle import MOVES
from pos_monitor.models import EnrolmentCode, Terminal, TerminalToken

State = Terminal.State
TYPED_CHARS: Final = 4


@dataclass(frozen=True, slots=True)
class Move:
    """A state that the till may be brought into. lead: what will happen; typed: what must be typed first, if anything."""

    to: str
    words: str
    lead: str
    done: str
    typed: str = ""


WORDS: Final = {
    State.ACTIVE: ("Back in use", "It is expected to report in its shop’s opening hours again.", "It is in use again."),
    State.REPAIR: ("Take into repair", "It may go on reporting, and nobody is alarmed over it.", "It is in repair."),
    State.STOCK: (
        "Take into stock", "It leaves its shop, and its tokens end: it must be enrolled anew where it goes.", "It is in stock."
    ),
    State.RETIRED: (
        "Retire", "Its tokens end, and it does not come back: there is no way from here. What it reported is kept.", "It is retired."
    ),
}  # fmt: skip
HARD: Final = frozenset({State.STOCK, State.RETIRED})


def typed_for(till: Terminal) -> str:
    """What somebody types to show that they mean this till: the end of its serial number, letters and digits alone."""
    return "".join(char for char in till.serial if char.isascii() and char.isalnum())[-TYPED_CHARS:] or "yes"


def moves_of(till: Terminal) -> list[Move]:
    """In stock one becomes active by being enrolled, and in no other way here."""
    there = MOVES[till.state] - ({State.ACTIVE} if till.state == State.STOCK else set())
    return [Move(to, *WORDS[to], typed_for(till) if to in HARD else "") for to in State if to in there]


def standing_of(till: Terminal) -> dict[str, object]:
    """How it is let in: with which tokens, and whether a code waits for it."""
    now = timezone.now()
    tokens = [
        token
        for token in TerminalToken.objects.filter(terminal=till, revoked_at=None)[:5]
        if not token.expires_at or token.expires_at > now
    ]
    code = EnrolmentCode.objects.filter(terminal=till, used_at=None, expires_at__gt=now).order_by("-pk").first()
    is_usable = till.state in {State.ACTIVE, State.REPAIR}
    return {
        "tokens": tokens, "code": code, "can_enrol": till.state != State.RETIRED and till.store_id is not None, "can_rotate": bool(tokens) and is_usable,
        "can_revoke": bool(tokens), "typed": typed_for(till), "can_change": till.state != State.RETIRED, "can_command": is_usable,
    }  # fmt: skip
