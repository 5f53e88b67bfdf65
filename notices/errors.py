"""What the pages of notices refuse. No API answers these."""

from __future__ import annotations


class NoticeRefused(ValueError):
    """Something about how one is told cannot be so; the message is for the person."""


class TopicUnknown(NoticeRefused):
    """There is no such topic."""


class TopicRequired(NoticeRefused):
    """A security topic was to be switched off or put off."""


class QuietHoursInvalid(NoticeRefused):
    """Quiet hours need a beginning and an end that differ, and a known time zone."""


class ContextPersonal(ValueError):
    """A notice's context was to hold more than ids and plain numbers. A programmer's error: rows keep nothing personal."""
