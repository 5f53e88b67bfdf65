"""Public identifiers: prefixed, opaque, ordered by time."""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import Any

from django.db import models

# Crockford's alphabet without look-alikes, lower case, so that an id can be read out on the phone.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
TIME_CHARS = 10  # 48 bits of milliseconds
RANDOM_CHARS = 16  # 80 random bits: nobody guesses a neighbour's id
PUBLIC_ID_LENGTH = 40


def _base32(number: int, length: int) -> str:
    chars = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        chars.append(ALPHABET[digit])
    return "".join(reversed(chars))


def new_id(prefix: str) -> str:
    """A fresh id such as `cs_01k9…`: 48 bits of time in ms, then 80 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{_base32(milliseconds, TIME_CHARS)}{_base32(secrets.randbits(80), RANDOM_CHARS)}"


def public_id_field(prefix: str) -> models.CharField[Any, Any]:
    """The column in which a model keeps its public id."""
    return models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=partial(new_id, prefix), verbose_name="id"
    )
