"""Each process follows the pointer: it loads what is in office beside what it serves, switches, and says what it serves.

A version that cannot be loaded leaves the old one in force; the curators are told. In one process there are at most two
models: the live one, and either the next live one or the one in shadow.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from common import following
from common.processes import process_name, process_role
from eligibility.classifier import live
from eligibility.classifier.model import Model
from eligibility.models import ModelPointer, ModelServing, ModelVersion
from eligibility.registry import store
from eligibility.registry.errors import ModelUnusable
from eligibility.registry.versions import CHANNEL
from notices.services.tell import notify

logger = logging.getLogger(__name__)
HEARTBEAT_S: Final = 15.0
RETRY_BROKEN_S: Final = 30.0  # a file may be brought back
GONE_AFTER: Final = timedelta(seconds=60)  # a process that said nothing for so long has ended
FORGET_AFTER: Final = timedelta(minutes=10)


class Watcher:
    """One for each process. `look` is called by one thread at a time."""

    def __init__(self) -> None:
        self.number = -1
        self.fault = ""
        self.shadow_row: ModelVersion | None = None
        self._shadow: Model | None = None
        self._mutex = threading.RLock()
        self._since: datetime = timezone.now()
        self._told: set[str] = set()
        self._said_at = self._failed_at = float("-inf")

    def look(self) -> None:
        """Serve what the pointer says, if that can be loaded, and say so. One query where nothing changed."""
        with self._mutex:
            pointer = ModelPointer.objects.select_related("live", "shadow").filter(name="classifier").first()
            is_due = bool(self.fault) and time.monotonic() - self._failed_at > RETRY_BROKEN_S
            has_changed = pointer is not None and pointer.number != self.number
            if pointer is not None and (has_changed or is_due):
                self._serve(pointer)
            if has_changed or is_due or time.monotonic() - self._said_at > HEARTBEAT_S:
                self._say()

    def shadow(self) -> Model | None:
        """The model in shadow, loaded when first asked for: only the process that compares holds it."""
        with self._mutex:
            row = self.shadow_row
            if row is not None and (self._shadow is None or self._shadow.version != row.version):
                self._shadow = None
                try:
                    self._shadow = store.load(row.files)
                except ModelUnusable as error:
                    self.shadow_row = None
                    self._broken(row, error)
            return self._shadow

    def _serve(self, pointer: ModelPointer) -> None:
        self.number, self.fault = pointer.number, ""
        next_shadow = pointer.shadow
        if pointer.live is not None and pointer.live.version != _served():
            kept = self._shadow if self._shadow and self._shadow.version == pointer.live.version else None
            self._shadow = None  # makes room: two models at most
            try:
                live.switch_to(kept or store.load(pointer.live.files))
                self._since = timezone.now()
                logger.info("model %s is in force", pointer.live.version)
            except ModelUnusable as error:
                self._broken(pointer.live, error)
        if self._shadow is not None and (next_shadow is None or next_shadow.version != self._shadow.version):
            self._shadow = None
        self.shadow_row = next_shadow

    def _broken(self, row: ModelVersion, error: ModelUnusable) -> None:
        self.fault, self._failed_at = f"{row.version}: {error}"[:300], time.monotonic()
        logger.error("model %s cannot be loaded, %s stays in force: %s", row.version, _served() or "the release's own", error)
        if row.version not in self._told:
            self._told.add(row.version)
            notify(topic="model.broken", subject=row.version, context={"version": row.version, "process": process_role()})

    def _say(self) -> None:
        now = timezone.now()
        self._said_at = time.monotonic()
        ModelServing.objects.update_or_create(
            process=process_name(),
            defaults={
                "role": process_role(), "live": _served() or "the release’s own", "shadow": self._shadow.version if self._shadow else "",
                "number": max(self.number, 0), "fault": self.fault, "since": self._since, "seen_at": now,
            },
        )  # fmt: skip
        ModelServing.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


_watcher = Watcher()


def watcher() -> Watcher:
    return _watcher


def follow() -> None:
    """Look now, and from here on in a thread. For programs that run without the registry: nothing."""
    if settings.MODEL_POLL_S > 0:
        following.follow(channel=CHANNEL, look=lambda: _watcher.look(), pause_s=settings.MODEL_POLL_S)


def _served() -> str:
    model = live.loaded()
    return model.version if model is not None else ""


def _new_in_child() -> None:
    """A forked process follows by itself, from the start."""
    global _watcher
    _watcher = Watcher()


os.register_at_fork(after_in_child=_new_in_child)
live.at_first_use(follow)
