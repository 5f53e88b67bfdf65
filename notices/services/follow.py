"""Rooms below write what happened into the audit trail; this reads it and tells whom it concerns.

Each chain of the trail is without gaps and grows by one writer at a time, so its length is a place up to which nothing can still
appear: a bookmark there loses nothing and tells nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Q

from common.scopes import across_merchants
from merchants.models import Member, Merchant
from notices.models import Bookmark
from notices.services.tell import notify
from people.models import User
from vault.audit.models import AuditChain, AuditEntry

logger = logging.getLogger(__name__)
Tell = Callable[[AuditEntry, Merchant | None], dict[str, Any]]


def _about_subject(entry: AuditEntry, merchant: Merchant | None) -> dict[str, Any]:
    return {"subject": entry.subject_id, "merchant": merchant, "context": _actor(entry)}


def _about_member(entry: AuditEntry, merchant: Merchant | None) -> dict[str, Any]:
    """Whose access it is stands in the entry, or in the member's row where the admin made it."""
    with across_merchants("whoever was added or removed, at whichever merchant"):
        row = Member.objects.select_related("user").filter(pk=entry.subject_id).first() if entry.subject_id.isdigit() else None
    context = {**_actor(entry), "person": entry.person_id or (row.user.public_id if row else None)}
    if role := entry.details.get("role") or (row.role if row else ""):
        context["role"] = str(role)
    return {"subject": context["person"] or f"member {entry.subject_id}", "merchant": merchant, "context": context}


def _about_merchant(entry: AuditEntry, merchant: Merchant | None) -> dict[str, Any]:
    return {"subject": merchant.public_id if merchant else entry.subject_id, "merchant": merchant, "context": {}}


def _about_grant(entry: AuditEntry, merchant: Merchant | None) -> dict[str, Any]:
    """A grant covers a merchant or one of its shoppers; either way the merchant's owners are told, and of the staff whom the topic names."""
    covered = Merchant.objects.filter(public_id=str(entry.details.get("covers", ""))).first()
    return {"subject": entry.subject_id, "merchant": merchant or covered, "context": _actor(entry)}


def _about_account(change: str) -> Tell:
    def say(entry: AuditEntry, merchant: Merchant | None) -> dict[str, Any]:
        user = User.objects.filter(public_id=entry.person_id or entry.subject_id).first()
        return {"subject": change, "user": user, "context": {"change": change}, "to_staff_roles": ()}

    return say


def _actor(entry: AuditEntry) -> dict[str, Any]:
    """Who did it, if that is somebody whose name can be found later."""
    return {"actor": entry.actor_id} if entry.actor_id.startswith("usr_") else {}


# The audit trail's action -> (topic, what to say of it).
WATCHED: dict[str, tuple[str, Tell]] = {
    "api_key.created": ("api_key.created", _about_subject),
    "api_key.revoked": ("api_key.revoked", _about_subject),
    "member.created": ("member.added", _about_member),
    "member.added": ("member.added", _about_member),  # in the admin
    "member.deleted": ("member.removed", _about_member),
    "merchant_key.revoke.done": ("merchant_key.revoked", _about_merchant),
    "merchant_key.found.disabled": ("merchant_key.revoked", _about_merchant),  # locked at the bank itself
    "merchant_key.found.gone": ("merchant_key.revoked", _about_merchant),
    "merchant_key.restore.done": ("merchant_key.restored", _about_merchant),
    "merchant_key.found.enabled": ("merchant_key.restored", _about_merchant),
    "break_glass_grant.opened": ("break_glass.opened", _about_grant),
    "user.password.changed": ("account.changed", _about_account("password")),
    "user.password.reset": ("account.changed", _about_account("password")),
    "user.email.changed": ("account.changed", _about_account("e-mail address")),
    "user.second_factor.added": ("account.changed", _about_account("second factor")),
    "user.second_factor.removed": ("account.changed", _about_account("second factor")),
    "user.second_factor.reset": ("account.changed", _about_account("recovery codes")),
}


@transaction.atomic
def follow_audit() -> int:
    """Tell what the audit trail has got since the last run, and return how many entries were told of.

    Notices and the new place are kept together: a crash repeats the run whole. One at a time: a second runner finds the
    bookmarks taken and does nothing.
    """
    lengths = dict(AuditChain.objects.values_list("number", "length"))
    Bookmark.objects.bulk_create([Bookmark(reader=_reader(number)) for number in lengths], ignore_conflicts=True)
    mine = Bookmark.objects.filter(reader__startswith=_reader("")).order_by("reader")
    marks = {mark.reader: mark for mark in mine.select_for_update(skip_locked=True)}
    if len(marks) != len(lengths):
        return 0
    grown = {number: length for number, length in lengths.items() if length > marks[_reader(number)].position}
    if not grown:
        return 0
    entries = _between(grown, marks)
    for entry in entries:
        _tell_or_say_why_not(entry)
    for number, length in grown.items():
        marks[_reader(number)].position = length
    Bookmark.objects.bulk_update([marks[_reader(number)] for number in grown], ["position"])
    return len(entries)


def _reader(number: int | str) -> str:
    return f"audit chain {number}"


def _between(grown: dict[int, int], marks: dict[str, Bookmark]) -> list[AuditEntry]:
    places = (Q(chain=n, sequence__gt=marks[_reader(n)].position, sequence__lte=length) for n, length in grown.items())
    return list(AuditEntry.objects.filter(reduce(or_, places), action__in=WATCHED).order_by("at", "chain", "sequence"))


def _tell_or_say_why_not(entry: AuditEntry) -> None:
    """One that cannot be told must not keep all that follow from being told: it is logged, and they go on."""
    try:
        with transaction.atomic():
            _tell(entry)
    except OperationalError:
        raise  # the database is in trouble, not the entry: the run is repeated whole
    except Exception:
        logger.exception("audit entry %s/%s (%s) was not told of", entry.chain, entry.sequence, entry.action)


def _tell(entry: AuditEntry) -> None:
    topic, say = WATCHED[entry.action]
    merchant = Merchant.objects.filter(pk=entry.merchant_id).first() if entry.merchant_id else None
    notify(topic=topic, **say(entry, merchant))
