"""The Celery door of publishing, for triggers: a hook of the release, a schedule, another system."""

from __future__ import annotations

from celery import shared_task

from rules.publishing.versions import publish


@shared_task(name="rules.publish_snoops")
def publish_snoops(note: str = "Published by a trigger.", starts_run: bool = False) -> str:
    """Put in force what is approved; returns what that changed, in a sentence. Safe to repeat and beside itself."""
    return publish(by=None, note=note, starts_run=starts_run).message
