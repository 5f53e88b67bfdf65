"""Writing to the audit trail: one line in whatever reads or changes personal or money data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.request_context import Actor, actor, request_id
from common.transactions import before_commit
from vault.audit.chains import append

MAX_TEXT = {"actor_id": 120, "actor_role": 40, "address": 64, "action": 80, "subject": 80, "subject_id": 200, "person_id": 64,
            "reason": 500, "request_id": 64}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written. action: a dotted verb (`payment.captured`, `shopper.email.read`); subject: `app.Model` or a page.

    fields: names of fields; details: facts that are no personal values: texts, whole numbers, truth values, and lists or
    mappings of them. merchant_id, person_id: whose data it is. by: who did it, if not the actor of the moment.
    """

    action: str
    subject: str
    subject_id: str
    merchant_id: int | None = None
    person_id: str = ""
    fields: Sequence[str] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    by: Actor | None = None


def record(
    *,
    action: str,
    subject: str,
    subject_id: str,
    merchant_id: int | None = None,
    person_id: str = "",
    fields: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one entry with the caller's transaction, as the actor of the moment; see `Deed` for what the arguments mean.

    It is written if and only if the transaction commits, together with the transaction's other entries, as its last
    statement. Outside a transaction it is written at once.
    """
    record_many([Deed(action, subject, subject_id, merchant_id, person_id, fields, details or {}, reason)])


def record_many(deeds: Iterable[Deed]) -> None:
    """Write several entries, as `record` does one."""
    before_commit(append, *(_content(deed) for deed in deeds))


def _content(deed: Deed) -> dict[str, Any]:
    """The entry as it is sealed and stored: who and in which request are those of this moment."""
    by = deed.by or actor.get()
    texts = {
        "actor_kind": by.kind, "actor_id": by.id, "actor_role": by.role, "address": by.address, "action": deed.action,
        "subject": deed.subject, "subject_id": deed.subject_id, "person_id": deed.person_id, "reason": deed.reason,
        "request_id": request_id.get(),
    }  # fmt: skip
    return {
        **{name: _text(text)[: MAX_TEXT.get(name)] for name, text in texts.items()},
        "merchant_id": deed.merchant_id,
        "fields": [_text(name) for name in deed.fields],
        "details": _plain(deed.details),
    }


def _text(text: str) -> str:
    """As PostgreSQL can keep it: without NUL and half characters."""
    return str(text).replace("\x00", "").encode(errors="replace").decode()


def _plain(value: Any) -> Any:
    """Only what comes back from the database as it went in, so that a seal still fits: no fractions."""
    match value:
        case None | bool() | int():
            return value
        case Mapping():
            return {_text(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
        case _:
            return _text(value)
