"""Looking after sources: added, changed, switched off and on, asked now. Each is written to the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from eligibility.lists.errors import ListFault
from eligibility.lists.settings import SETTINGS, SettingsRefused, checked, machine
from eligibility.models import ListSource
from vault.audit.services import record_about

TAKEN = {"list_id": "There is a source of this list already: change that one."}


class NothingFetched(ListFault):
    """The list is entered here, or its source is switched off."""


def add_source(*, values: Mapping[str, Any], secret: str = "") -> ListSource:
    """Write a source down; its publisher is asked within a minute. Raises SettingsRefused."""
    said = checked({name: values[name] for name in SETTINGS}, secret=secret)
    source = ListSource(**said, secret=secret, next_at=timezone.now())
    try:
        with transaction.atomic():
            source.save()
            record_about(source, "added", fields=[*said, *(["secret"] if secret else [])], details={"list": source.list_id})
    except IntegrityError as error:
        raise SettingsRefused(TAKEN) from error
    return source


@transaction.atomic
def change_source(*, source: ListSource, values: Mapping[str, Any], secret: str = "", forgets_secret: bool = False) -> list[str]:
    """Write down what differs, and ask the publisher anew; returns what that was. Raises SettingsRefused, NothingFetched.

    secret: empty leaves the kept one, which nobody but the machine that it was given for is shown.
    """
    kept = ListSource.objects.select_for_update().get(pk=source.pk)
    if kept.kind == ListSource.Kind.HAND:
        raise NothingFetched("This list is entered here: there is nothing to set.")
    old_secret = str(kept.secret)
    said = checked({name: values[name] for name in SETTINGS}, secret=secret or ("" if forgets_secret else old_secret))
    _check_identity(kept, said)
    moves = machine(kept.kind, kept.url) != machine(said["kind"], said["url"])
    if moves and old_secret and not secret and not forgets_secret:
        raise SettingsRefused(
            {"secret": "The address is another machine's: write the secret anew, or have the kept one forgotten."}
        )
    changed = [name for name, value in said.items() if getattr(kept, name) != value]
    for name in changed:
        setattr(kept, name, said[name])
    if secret or (forgets_secret and old_secret):
        kept.secret = secret
        changed.append("secret")
    if changed:
        # What was fetched the old way says nothing of the new one.
        kept.etag, kept.failures, kept.failing_since, kept.error, kept.next_at = "", 0, None, "", timezone.now()
        if {"url", "public_key"} & set(changed):
            kept.index_published_at = None
        kept.save()
        record_about(kept, "changed", fields=changed, details={"list": kept.list_id})
    return changed


@transaction.atomic
def switch_source(*, source: ListSource, is_on: bool) -> bool:
    """Fetch the list, or leave it as it is from now on: what it says goes on to hold. False where that is so already."""
    now = timezone.now()
    found = ListSource.objects.exclude(kind=ListSource.Kind.HAND).filter(pk=source.pk, is_active=not is_on)
    if not found.update(is_active=is_on, **({"next_at": now} if is_on else {})):
        return False
    record_about(source, "switched_on" if is_on else "switched_off", details={"list": source.list_id})
    return True


@transaction.atomic
def ask_now(*, source: ListSource) -> None:
    """Have the publisher asked at the next look, which the caller may queue at once. Safe to repeat. Raises NothingFetched."""
    found = ListSource.objects.exclude(kind=ListSource.Kind.HAND).filter(pk=source.pk, is_active=True)
    if not found.update(next_at=timezone.now()):
        raise NothingFetched("Nothing is fetched for this list: it is entered here, or switched off.")
    record_about(source, "asked_now", details={"list": source.list_id})


def _check_identity(kept: ListSource, said: Mapping[str, Any]) -> None:
    if kept.list_id == said["list_id"]:
        return
    if kept.head or kept.syncs.exists():
        raise SettingsRefused({"list_id": "Versions of this list are here: it keeps its id. Another list is another source."})
    if ListSource.objects.filter(list_id=said["list_id"]).exists():
        raise SettingsRefused(TAKEN)
