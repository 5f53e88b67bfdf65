"""The mail server's side: what its answers mean, and texts that cannot break out of a header."""

from __future__ import annotations

import re
import smtplib
from enum import Enum

from django.core.exceptions import ValidationError
from django.core.mail import BadHeaderError
from django.core.validators import validate_email

# Control characters, and the separators that some programs take for the end of a line.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
LONGEST_LINE = 160
ENHANCED = re.compile(rb"^\s*([245]\.\d{1,3}\.\d{1,3})\b")  # RFC 3463
GOING_AWAY = 421
ADDRESS_CLASSES = ("5.1.", "5.2.1")  # bad destination address; mailbox disabled


class Outcome(Enum):
    RETRY = "retry"  # the server or the way to it: the letter waits
    REFUSED = "refused"  # this letter, for good
    BOUNCED = "bounced"  # this address, for good


def one_line(text: str) -> str:
    """Any text as one line of a header: no control character survives, and none that turns text around."""
    return " ".join(CONTROL.sub(" ", text).split())[:LONGEST_LINE]


def is_address(text: str) -> bool:
    if CONTROL.search(text):
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def meaning_of(error: Exception) -> tuple[Outcome, str]:
    """What a failed try means, and the code under which it is kept: never the server's text, which repeats the address."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()), (450, b""))
            return (Outcome.BOUNCED if code >= 500 else Outcome.RETRY), _written(code, text)
        case smtplib.SMTPDataError():
            return _of_data(error.smtp_code, error.smtp_error)
        case smtplib.SMTPResponseException():  # greeting, sign-in, sender: the platform's own affair
            return Outcome.RETRY, _written(error.smtp_code, error.smtp_error)
        case BadHeaderError():
            return Outcome.REFUSED, "bad_header"
        case smtplib.SMTPException() | OSError():
            return Outcome.RETRY, "no_connection" if isinstance(error, OSError) and not isinstance(
                error, smtplib.SMTPException
            ) else "cut_off"
    raise error


def is_about_one_letter(error: Exception) -> bool:
    """Did the server answer to this letter's recipient or text, so that it may well take the next one? 421: it is going away."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code != GOING_AWAY for code, _ in error.recipients.values())
        case smtplib.SMTPDataError():
            return error.smtp_code != GOING_AWAY
    return isinstance(error, BadHeaderError)


def _of_data(code: int, text: bytes | str) -> tuple[Outcome, str]:
    written = _written(code, text)
    if code < 500:
        return Outcome.RETRY, written
    enhanced = written.partition(" ")[2]
    return (Outcome.BOUNCED if enhanced.startswith(ADDRESS_CLASSES) else Outcome.REFUSED), written


def _written(code: int, text: bytes | str) -> str:
    found = ENHANCED.match(text if isinstance(text, bytes) else text.encode("ascii", "replace"))
    return f"{code} {found.group(1).decode()}" if found else str(code)
