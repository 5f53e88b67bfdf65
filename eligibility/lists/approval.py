"""A held update: a person lets it through, or sends it away."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from eligibility.lists.compare import forget_changes
from eligibility.lists.errors import ListFault
from eligibility.lists.fetch import file_of
from eligibility.lists.stage import forget_stage
from eligibility.lists.write import unwrite
from eligibility.models import ListSync
from people.models import User
from vault.audit.services import record_about


class NotHeld(ListFault):
    """Somebody else has decided meanwhile, or a newer version came."""


class NotOpen(ListFault):
    """It is not under way."""


def approve(sync: ListSync, *, by: User, why: str) -> None:
    """Let a held update go on. It is compared once more, for days have passed: what held until now stays. Raises NotHeld."""
    with transaction.atomic():
        _decide(sync, by=by, why=why, state=ListSync.State.QUEUED, stage=ListSync.Stage.COMPARE, after_gtin="", rows_done=0)
        record_about(sync, "approved", details={"why": why, "because": sync.held_because})


def refuse(sync: ListSync, *, by: User, why: str) -> None:
    """Send a held update away: the list stays as it is. This version is not taken again; a later whole list is. Raises NotHeld."""
    with transaction.atomic():
        _decide(sync, by=by, why=why, state=ListSync.State.REFUSED, finished_at=timezone.now())
        clear(sync)
        record_about(sync, "refused", details={"why": why, "because": sync.held_because})


def end(sync: ListSync, *, by: User, why: str) -> None:
    """End an update that is under way, whoever works on it: the list stays as it is. It is not taken again. Raises NotOpen."""
    with transaction.atomic():
        open_ones = ListSync.objects.filter(pk=sync.pk, state__in=[ListSync.State.QUEUED, ListSync.State.RUNNING])
        now = timezone.now()
        ended = open_ones.exclude(stage=ListSync.Stage.SWITCH).update(
            state=ListSync.State.REFUSED, worker="", leased_until=None, finished_at=now, decided_by=by, decided_at=now, decided_why=why[:300]
        )  # fmt: skip
        if not ended:
            raise NotOpen("It has ended, waits for a decision, or is being switched on at this moment.")
        sync.refresh_from_db()
        clear(sync)
        record_about(sync, "ended", details={"why": why})


def dismiss(sync: ListSync, *, why: str) -> None:
    """End a held update that nobody needs to decide about any more, in the caller's transaction."""
    _decide(sync, by=None, why=why, state=ListSync.State.REFUSED, finished_at=timezone.now())
    clear(sync)
    record_about(sync, "dismissed", details={"why": why})


def clear(sync: ListSync) -> None:
    """Take away whatever an update that is never switched on has left."""
    unwrite(sync)
    forget_changes(sync)
    forget_stage(sync)
    transaction.on_commit(lambda: file_of(sync).unlink(missing_ok=True))


def _decide(sync: ListSync, *, by: User | None, why: str, **fields: object) -> None:
    held = ListSync.objects.filter(pk=sync.pk, state=ListSync.State.HELD)
    if not held.update(decided_by=by, decided_at=timezone.now(), decided_why=why[:300], **fields):
        raise NotHeld("It is not held any more: somebody else decided meanwhile, or a newer version came.")
    sync.refresh_from_db()
