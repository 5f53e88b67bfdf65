"""What an entry of the audit trail says, before it is sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from common.request_context import Actor, actor, request_id

MAX_LENGTH = {"actor_kind": 16, "actor_id": 120, "actor_role": 40, "address": 64, "action": 80, "subject": 80, "subject_id": 200,
              "person_id": 64, "reason": 500, "request_id": 64}  # fmt: skip
PERSONS = ("shp_", "usr_")  # whose public id is a person's
OWNERS = (
    "payment",
    "session",
    "tender",
    "entry",
    "account",
    "endpoint",
    "delivery",
    "user",
)  # through which a row without a merchant belongs to one


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written. action: a dotted verb (`payment.captured`, `shopper.read`); subject: `app.Model` or a page.

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


def about(row: Model, verb: str, **more: Any) -> Deed:
    """A deed about one row: named, and with its owner found, from the row itself."""
    subject_id = str(getattr(row, "public_id", None) or row.pk)
    named = {"merchant_id": merchant_of(row), "person_id": _person_of(row, subject_id), "by": actor.get()}
    return Deed(f"{noun(type(row))}.{verb}", row._meta.label, subject_id, **{**named, **more})


def _person_of(row: Model, subject_id: str) -> str:
    """Whose data it is: the person that the row is, or the one with a sign-in whose row it is."""
    if subject_id.startswith(PERSONS):
        return subject_id
    return str(getattr(row, "user").public_id) if getattr(row, "user_id", None) else ""  # noqa: B009  # not every model has one


def noun(model: type[Model]) -> str:
    """`CardToken` -> `card_token`: how an action names what it is about."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", model._meta.object_name or "").lower()


def merchant_of(row: Model) -> int | None:
    """The merchant whose row it is, by itself or through what it belongs to."""
    if row._meta.label == "merchants.Merchant":
        return int(row.pk)
    if hasattr(row, "merchant_id"):
        return row.merchant_id  # type: ignore[no-any-return]
    for name in OWNERS:
        if getattr(row, f"{name}_id", None) is not None:
            return merchant_of(getattr(row, name))
    return None


def content_of(deed: Deed) -> dict[str, Any]:
    """The entry as it is sealed and stored: who, and in which request, are those of this moment."""
    by = deed.by or actor.get()
    texts = {
        "actor_kind": by.kind, "actor_id": by.id, "actor_role": by.role, "address": by.address, "action": deed.action,
        "subject": deed.subject, "subject_id": deed.subject_id, "person_id": deed.person_id, "reason": deed.reason,
        "request_id": request_id.get(),
    }  # fmt: skip
    return {
        **{name: _text(text)[: MAX_LENGTH[name]] for name, text in texts.items()},
        "merchant_id": deed.merchant_id,
        "fields": [_text(name)[:80] for name in deed.fields],
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
        case set() | frozenset():
            return [_plain(inner) for inner in sorted(value)]
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return _text(value)
