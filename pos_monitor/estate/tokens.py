"""Issuing, rotating and revoking what terminals show to be let in."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common.push import tell_after_commit
from common.tokens import digest_of
from merchants.keys.text import new_text
from pos_monitor.estate.bulk import copy_rows
from pos_monitor.estate.revisions import CHANNEL
from pos_monitor.estate.token_map import Found, TokenMap
from pos_monitor.models import Terminal, TerminalToken
from vault.audit.services import record_about

__all__ = ["Found", "TokenMap", "issue", "issue_many", "revoke", "rotate"]

OVERLAP: Final = timedelta(
    hours=1
)  # how long the old token goes on working: a till may be switched off between asking and storing


@transaction.atomic
def issue(*, terminal: Terminal) -> str:
    """Make the terminal's token and return its text, `trm_test_…`, which is shown this once. Earlier ones end at once."""
    revoke(terminal=terminal)
    token, text = _new(terminal.pk)
    token.save()
    record_about(terminal, "token_issued", details={"last4": token.last4})
    tell_after_commit(CHANNEL, terminal.pk)
    return text


@transaction.atomic
def rotate(*, terminal: Terminal, overlap: timedelta = OVERLAP) -> str:
    """A new token; those in force go on working for `overlap`, or until their own end if that is earlier."""
    now = timezone.now()
    held = TerminalToken.objects.select_for_update().filter(terminal=terminal, revoked_at=None)
    held.filter(Q(expires_at=None) | Q(expires_at__gt=now + overlap)).update(expires_at=now + overlap)
    token, text = _new(terminal.pk)
    token.save()
    record_about(terminal, "token_rotated", details={"last4": token.last4})
    tell_after_commit(CHANNEL, terminal.pk)
    return text


@transaction.atomic
def revoke(*, terminal: Terminal) -> int:
    """End every token of the terminal now, and say how many that were. Safe to repeat."""
    ended = TerminalToken.objects.filter(terminal=terminal, revoked_at=None).update(revoked_at=timezone.now())
    if ended:
        record_about(terminal, "token_revoked", details={"tokens": ended})
        tell_after_commit(CHANNEL, terminal.pk)
    return ended


@transaction.atomic
def issue_many(numbers: Iterable[int]) -> dict[int, str]:
    """Tokens for terminals that have none, by number, for whoever sets up thousands at once (a simulated fleet)."""
    made = {number: _new(number) for number in numbers}
    copy_rows([token for token, _ in made.values()])
    tell_after_commit(CHANNEL, 0)
    return {number: text for number, (_, text) in made.items()}


def _new(number: int) -> tuple[TerminalToken, str]:
    text = new_text("trm")
    return TerminalToken(terminal_id=number, digest=digest_of(text), mqtt_hash=mqtt_hash(text), last4=text[-4:]), text


def mqtt_hash(text: str) -> str:
    """The token as Mosquitto's password file has it. One round of PBKDF2: nobody guesses 190 random bits, and 50,000 may return at once."""
    salt = secrets.token_bytes(12)
    hashed = hashlib.pbkdf2_hmac("sha512", text.encode(), salt, 1)
    return f"$7$1${base64.b64encode(salt).decode()}${base64.b64encode(hashed).decode()}"
