"""Stores and terminals: made, changed, tagged, grouped. Each change takes a revision, so that processes which hold them follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from common.push import tell_after_commit
from merchants.models import Merchant
from pos_monitor.estate.errors import StoreExists, StoreUnknown, TerminalExists, TerminalNeedsStore
from pos_monitor.estate.revisions import CHANNEL
from pos_monitor.models import Store, Terminal, TerminalGroup
from vault.audit.deeds import about
from vault.audit.services import record_about, record_many

MOST_TAGS: Final = 20


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """In lower case, each once, in order."""
    return sorted({" ".join(tag.lower().split())[:30] for tag in tags if tag.strip()})[:MOST_TAGS]


@transaction.atomic
def create_store(*, merchant: Merchant, name: str, region: str, **fields: Any) -> Store:
    """Raises StoreExists."""
    try:
        with transaction.atomic():
            store = Store.objects.create(merchant=merchant, name=name, region=region, **fields)
    except IntegrityError as error:
        raise StoreExists(param="name") from error
    record_about(store, "created")
    return store


@transaction.atomic
def change_store(*, store: Store, **fields: Any) -> Store:
    """Set these fields. Raises StoreExists."""
    changed = _set(store, fields)
    if not changed:
        return store
    try:
        with transaction.atomic():
            store.save(update_fields=changed)
    except IntegrityError as error:
        raise StoreExists(param="name") from error
    record_about(store, "changed", fields=changed)
    tell_after_commit(CHANNEL, 0)
    return store


@transaction.atomic
def register_terminal(*, merchant: Merchant, model: str, serial: str, store: Store | None = None, **fields: Any) -> Terminal:
    """Take a terminal into stock, or, where its store is known, ready to be enrolled there. Raises TerminalExists, StoreUnknown."""
    _check_store(merchant, store)
    if "tags" in fields:
        fields["tags"] = tidy_tags(fields["tags"])
    try:
        with transaction.atomic():
            terminal = Terminal.objects.create(merchant=merchant, model=model, serial=serial, store=store, **fields)
    except IntegrityError as error:
        raise TerminalExists(param="serial") from error
    record_about(terminal, "created")
    tell_after_commit(CHANNEL, terminal.pk)
    return terminal


@transaction.atomic
def change_terminal(*, terminal: Terminal, **fields: Any) -> Terminal:
    """Set these fields; what is left out stays. Its state is changed by `lifecycle.move`. Raises StoreUnknown, TerminalNeedsStore."""
    held = Terminal.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=terminal.pk)
    if "store" in fields:
        _check_store(held.merchant, fields["store"])
        if fields["store"] is None and held.state == Terminal.State.ACTIVE:
            raise TerminalNeedsStore(param="store")
    if "tags" in fields:
        fields["tags"] = tidy_tags(fields["tags"])
    if changed := _set(held, fields):
        held.save(update_fields=changed)
        record_about(held, "changed", fields=changed)
        tell_after_commit(CHANNEL, held.pk)
    return held


@transaction.atomic
def change_many(
    *, terminals: QuerySet[Terminal], add_tags: Iterable[str] = (), remove_tags: Iterable[str] = (), group: TerminalGroup | None = None,
    leaves_group: bool = False,
) -> int:  # fmt: skip
    """Tag and group many at once; returns how many became other than they were. Safe to repeat."""
    added, removed = set(tidy_tags(add_tags)), set(tidy_tags(remove_tags))
    changed: list[Terminal] = []
    for one in terminals.select_for_update(of=("self",)).order_by("pk"):
        tags = tidy_tags((set(one.tags) | added) - removed)
        new_group = None if leaves_group else group.pk if group else one.group_id
        if (tags, new_group) != (one.tags, one.group_id):
            one.tags, one.group_id = tags, new_group
            changed.append(one)
    Terminal.objects.bulk_update(changed, ["tags", "group"], batch_size=1000)
    record_many([about(one, "changed", fields=["tags", "group"]) for one in changed])
    tell_after_commit(CHANNEL, 0)
    return len(changed)


def _set(row: Store | Terminal, fields: Mapping[str, Any]) -> list[str]:
    """Give the row these values and say which were others."""
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    return changed


def _check_store(merchant: Merchant, store: Store | None) -> None:
    if store is not None and store.merchant_id != merchant.pk:
        raise StoreUnknown(param="store")
