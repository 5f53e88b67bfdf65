"""How a terminal gets its token: somebody makes a code of eight characters, types it into the terminal, and the terminal trades it in.

A code is for one terminal and works once, within a day, from the device with that terminal's serial number.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from common.ids import ALPHABET
from common.tokens import digest_of
from people.models import User
from pos_monitor.estate.errors import EnrolmentRefused, TerminalNeedsStore, TerminalRetired
from pos_monitor.estate.lifecycle import move
from pos_monitor.estate.tokens import issue
from pos_monitor.models import EnrolmentCode, Terminal, TerminalToken
from vault.audit.services import record_about

CODE_CHARS: Final = 8  # 40 random bits, for a day, for one serial number, behind a limit of tries
LIFETIME: Final = timedelta(days=1)
REPEAT_WITHIN: Final = timedelta(minutes=10)  # in which a device whose answer was lost may ask once more
MOST_WRONG: Final = 5
LOOK_ALIKES: Final = str.maketrans("oilu", "011v")  # of letters that the alphabet leaves out


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What a device receives. token: shown this once."""

    terminal: Terminal
    token: str


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a terminal reports: addresses. mqtt: empty where there is no broker."""

    https: str
    websocket: str
    mqtt: str


def doors() -> Doors:
    base = settings.BASE_URL.rstrip("/")
    return Doors(f"{base}/v1/telemetry", f"ws{base.removeprefix('http')}/ws/terminal/", settings.TERMINAL_MQTT_URL)


@transaction.atomic
def create_code(*, terminal: Terminal, by: User | None = None) -> tuple[EnrolmentCode, str]:
    """A code to be typed in, such as `K7QP-2M4X`, shown this once. Earlier ones of the terminal end.

    Raises TerminalRetired, TerminalNeedsStore.
    """
    held = Terminal.objects.select_for_update(of=("self",)).get(pk=terminal.pk)
    if held.state == Terminal.State.RETIRED:
        raise TerminalRetired()
    if held.store_id is None:
        raise TerminalNeedsStore()
    now = timezone.now()
    EnrolmentCode.objects.filter(terminal=held, used_at=None, expires_at__gt=now).update(expires_at=now)
    text = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))
    code = EnrolmentCode.objects.create(terminal=held, digest=_digest(text), expires_at=now + LIFETIME, created_by=by)
    record_about(held, "enrolment_code_made", details={"expires_at": code.expires_at.isoformat()})
    return code, f"{text[:4]}-{text[4:]}".upper()


def enrol(*, code: str, serial: str, nonce: str = "") -> Enrolled:
    """Trade a code in for a token; the terminal becomes active, and tokens that it had end.

    nonce: a secret that the device made up; with the same one it may repeat the call for ten minutes, should the answer be lost.
    Raises EnrolmentRefused, whatever the reason: a stranger learns nothing of codes.
    """
    found = _take(code, serial.strip(), digest_of(nonce) if nonce else "")
    if found is None:
        EnrolmentCode.objects.filter(digest=_digest(code), used_at=None).update(wrong_serials=F("wrong_serials") + 1)
        raise EnrolmentRefused()
    return found


@transaction.atomic
def _take(code: str, serial: str, nonce_digest: str) -> Enrolled | None:
    row = EnrolmentCode.objects.select_for_update(of=("self",)).filter(digest=_digest(code)).first()
    if row is None or not _is_good(row, nonce_digest):
        return None
    terminal = Terminal.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=row.terminal_id)
    if (
        terminal.serial.casefold() != serial.casefold()
        or terminal.state == Terminal.State.RETIRED
        or not terminal.merchant.is_active
    ):
        return None
    if row.used_at is not None and not _may_repeat(row):
        return None
    if row.used_at is None:
        row.used_at, row.nonce_digest = timezone.now(), nonce_digest
        row.save(update_fields=["used_at", "nonce_digest"])
    if terminal.state == Terminal.State.STOCK:
        terminal = move(terminal=terminal, to=Terminal.State.ACTIVE)
    token = issue(terminal=terminal)
    record_about(terminal, "enrolled")
    return Enrolled(terminal, token)


def _may_repeat(row: EnrolmentCode) -> bool:
    """Nothing came after it: its token was not revoked, and no newer code was made. Else the repeat would undo that."""
    is_in_force = TerminalToken.objects.filter(terminal_id=row.terminal_id, revoked_at=None).exists()
    return is_in_force and not EnrolmentCode.objects.filter(terminal_id=row.terminal_id, pk__gt=row.pk).exists()


def _is_good(row: EnrolmentCode, nonce_digest: str) -> bool:
    now = timezone.now()
    if row.used_at is not None:
        return bool(nonce_digest) and row.nonce_digest == nonce_digest and now - row.used_at < REPEAT_WITHIN
    return row.expires_at > now and row.wrong_serials < MOST_WRONG


def _digest(code: str) -> str:
    """Keyed, for 40 bits could be tried out by whoever has a copy of the table. What people mistype is read as it was meant."""
    plain = "".join(char for char in code.lower().translate(LOOK_ALIKES) if char.isalnum())
    return salted_hmac("pos_monitor.enrolment", plain, algorithm="sha256").hexdigest()
