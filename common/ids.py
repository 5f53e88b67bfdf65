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
RANDOM_CHARS = 16  # 80 random bits: nobody meets a neighbour's id by chance
CAPABILITY_CHARS = 26  # 130 random bits: for an id that is itself the key to a page
PUBLIC_ID_LENGTH = 40


def _base32(number: int, length: int) -> str:
    chars = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        chars.append(ALPHABET[digit])
    return "".join(reversed(chars))


def new_id(prefix: str, random_chars: int = RANDOM_CHARS) -> str:
    """A fresh id such as `cs_01k9…`: 48 bits of time in ms, then 80 random bits, or five for each of `random_chars`."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{prefix}_{_base32(milliseconds, TIME_CHARS)}{_base32(secrets.randbits(5 * random_chars), random_chars)}"


def public_id_field(prefix: str, *, opens_a_page: bool = False) -> models.CharField[Any, Any]:
    """The column in which a model keeps its public id. opens_a_page: who knows it needs nothing else; prefix of 3 letters at most."""
    default = partial(new_id, prefix, CAPABILITY_CHARS) if opens_a_page else partial(new_id, prefix)
    return models.CharField(max_length=PUBLIC_ID_LENGTH, unique=True, editable=False, default=default, verbose_name="id")
