"""Appending to the chains: two statements for any number of entries, and nobody waits for anybody.

An append takes a chain that nobody else is writing to, and does so as the last thing of its transaction: a chain is held
from then to the commit alone, and whoever holds one waits for nothing more, so that no ring of waiting can form.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from vault.audit.models import CHAINS
from vault.audit.sealing import seal, sealed_text, sealing_key
from vault.errors import AuditTrailBroken

TAKE_FREE = """
SELECT number, length, head, clock_timestamp() FROM vault_auditchain ORDER BY (number + %s) %% 64
FOR UPDATE SKIP LOCKED LIMIT 1
"""
TAKE_ONE = "SELECT number, length, head, clock_timestamp() FROM vault_auditchain WHERE number = %s FOR UPDATE"
# The head moves and the entries come in one statement: neither without the other.
APPEND = """
WITH moved AS (
    UPDATE vault_auditchain SET length = %s, head = decode(%s, 'hex') WHERE number = %s AND length = %s RETURNING number
)
INSERT INTO vault_auditentry (chain, sequence, at, actor_kind, actor_id, actor_role, address, action, subject, subject_id,
    merchant_id, person_id, fields, details, reason, request_id, key, previous, seal)
SELECT moved.number, new.sequence, %s, new.actor_kind, new.actor_id, new.actor_role, new.address, new.action, new.subject,
    new.subject_id, new.merchant_id, new.person_id, new.fields, new.details, new.reason, new.request_id, %s,
    decode(new.previous, 'hex'), decode(new.seal, 'hex')
FROM moved, jsonb_to_recordset(%s::jsonb) AS new (sequence bigint, actor_kind text, actor_id text, actor_role text, address text,
    action text, subject text, subject_id text, merchant_id bigint, person_id text, fields text[], details jsonb, reason text,
    request_id text, previous text, seal text)
ORDER BY new.sequence
"""


class Place(NamedTuple):
    """The chain that an append has taken, as it stands: nobody else moves it before our commit."""

    chain: int
    length: int
    head: bytes
    at: datetime


def append(contents: Sequence[Mapping[str, Any]]) -> None:
    """Append entries to one chain, in the transaction under way. contents: each with every key of `sealing.CONTENT`."""
    with connection.cursor() as cursor:
        place = _take(cursor)
        rows, head = _sealed(place, contents)
        cursor.execute(
            APPEND,
            [
                place.length + len(rows),
                head.hex(),
                place.chain,
                place.length,
                place.at,
                sealing_key().fingerprint,
                json.dumps(rows),
            ],
        )
        if cursor.rowcount != len(rows):
            raise AuditTrailBroken(f"Audit chain {place.chain} moved while it was held.")


def _take(cursor: Any) -> Place:
    """A chain that is free; where all are taken, wait for one."""
    first = random.randrange(CHAINS)  # noqa: S311  # spreads the writing, guards nothing
    for statement in (TAKE_FREE, TAKE_ONE):
        cursor.execute(statement, [first])
        if found := cursor.fetchone():
            return Place(found[0], found[1], bytes(found[2]), found[3])
    raise AuditTrailBroken(f"Audit chain {first} does not exist.")


def _sealed(place: Place, contents: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], bytes]:
    """The entries with place and seal, and the chain's new head."""
    secret, head, rows = sealing_key().secret, place.head, []
    for sequence, content in enumerate(contents, start=place.length + 1):
        text = sealed_text(chain=place.chain, sequence=sequence, previous=head, at=place.at, content=content)
        previous, head = head, seal(secret, text)
        rows.append({**content, "sequence": sequence, "previous": previous.hex(), "seal": head.hex()})
    return rows, head


OPEN_CHAINS = (
    "INSERT INTO vault_auditchain (number, length, head) SELECT number, 0, '' FROM generate_series(0, 63) AS number"
    " ON CONFLICT (number) DO NOTHING"
)


def open_chains() -> None:
    """Make the chains, empty. The migration does; tests do after each emptying. Safe to repeat."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_CHAINS)
