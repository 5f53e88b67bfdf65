"""Each process follows the pointer: it loads the version in force beside what it serves, tries it, switches, and says what it serves.

A version that cannot be taken up leaves the old one in force; the curators are told. Where a process starts and the version in
force is broken, it serves the newest earlier one that is whole.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from common import following
from common.processes import process_name, process_role
from notices.services.tell import notify
from rules.engine import live
from rules.engine.errors import RulesNotPublished
from rules.models import RuleSetChange, RuleSetPointer, RuleSetServing, RuleSetVersion
from rules.publishing.errors import RuleFileUnusable, SelfTestFailed
from rules.publishing.loading import load
from rules.publishing.pointer import CHANNEL

logger = logging.getLogger(__name__)
HEARTBEAT_S: Final = 15.0
RETRY_BROKEN_S: Final = 30.0  # a file may be brought back
GONE_AFTER: Final = timedelta(seconds=60)  # a process that said nothing for so long has ended
FORGET_AFTER: Final = timedelta(minutes=10)
EARLIER_TRIED: Final = 5


class Watcher:
    """One for each process. `look` is called by one thread at a time."""

    def __init__(self) -> None:
        self.fault = ""
        self._seen: tuple[int, int | None] | None = None  # the pointer's number and version, as last looked at
        self._serving: RuleSetVersion | None = None
        self._mutex = threading.RLock()
        self._since: datetime = timezone.now()
        self._told: set[str] = set()
        self._said_at = self._failed_at = float("-inf")

    def look(self) -> None:
        """Serve what the pointer says, if that can be loaded, and say so. One query where nothing changed."""
        with self._mutex:
            pointer = RuleSetPointer.objects.select_related("live").filter(key="rules").first()
            seen = (pointer.number, pointer.live_id) if pointer is not None else None
            is_due = bool(self.fault) and time.monotonic() - self._failed_at > RETRY_BROKEN_S
            has_changed = seen != self._seen
            if has_changed or is_due:
                self._seen, self.fault = seen, ""
                self._serve(pointer.live if pointer is not None else None)
            if has_changed or is_due or time.monotonic() - self._said_at > HEARTBEAT_S:
                self._say()

    def _serve(self, version: RuleSetVersion | None) -> None:
        if version is None:
            self._switch(None)
        elif not self._take_up(version) and live.loaded() is None:
            for earlier in _earlier_than(version):
                if self._take_up(earlier):
                    break

    def _take_up(self, version: RuleSetVersion) -> bool:
        loaded = live.loaded()
        if loaded is not None and (loaded.rule_set.number, loaded.rule_set.sha256) == (version.number, version.sha256):
            self._serving = version
            return True
        try:
            rules = load(version)
        except (RuleFileUnusable, SelfTestFailed) as error:
            self._broken(version, error.message)
            return False
        except Exception as error:  # whatever a plan may trip over, the old one goes on
            logger.exception("rules of version %s cannot be taken up", version.number)
            self._broken(version, f"{type(error).__name__}: {error}")
            return False
        live.switch_to(rules)
        self._switch(version)
        return True

    def _switch(self, version: RuleSetVersion | None) -> None:
        if version is None:
            live.switch_to(None)
        self._serving, self._since = version, timezone.now()
        logger.info("rules of version %s are in force", version.number if version else "none")

    def _broken(self, version: RuleSetVersion, why: str) -> None:
        self.fault, self._failed_at = self.fault or f"Version {version.number}: {why}"[:300], time.monotonic()
        logger.error(
            "rules of version %s cannot be taken up, %s stays in force: %s", version.number, self._serving or "nothing", why
        )
        if version.sha256 not in self._told:
            self._told.add(version.sha256)
            notify(topic="rules.broken", subject=str(version), context={"version": version.number, "process": process_role()})

    def _say(self) -> None:
        now = timezone.now()
        self._said_at = time.monotonic()
        RuleSetServing.objects.update_or_create(
            process=process_name(),
            defaults={
                "role": process_role(), "version": self._serving, "pointer_number": self._seen[0] if self._seen else 0,
                "fault": self.fault, "since": self._since, "seen_at": now,
            },
        )  # fmt: skip
        RuleSetServing.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


def _earlier_than(version: RuleSetVersion) -> list[RuleSetVersion]:
    """What was in force before, newest first."""
    changes = RuleSetChange.objects.exclude(version=version).select_related("version")[: EARLIER_TRIED * 2]
    return list(dict.fromkeys(change.version for change in changes))[:EARLIER_TRIED]


_watcher = Watcher()


def watcher() -> Watcher:
    return _watcher


def follow() -> bool:
    """Look now, and go on in a thread; with RULES_POLL_S 0 there is no thread, and whoever needs the rules looks each time."""
    if settings.RULES_POLL_S <= 0:
        _watcher.look()
        return False
    following.follow(channel=CHANNEL, look=lambda: _watcher.look(), pause_s=settings.RULES_POLL_S)
    return True


def begin() -> None:
    """Follow from the start of a process and not from its first need: it then serves, and says so, before anybody asks."""
    if settings.RULES_POLL_S > 0:
        threading.Thread(target=_begin, name="takes up rules", daemon=True).start()


def _begin() -> None:
    try:
        live.live()
    except RulesNotPublished:
        logger.info("no rules are published yet")
    finally:
        connection.close()


def _new_in_child() -> None:
    """A forked process follows by itself, from the start."""
    global _watcher
    _watcher = Watcher()


os.register_at_fork(after_in_child=_new_in_child)
live.at_first_use(follow)
