"""What work on incidents refuses. Staff meet these in the admin; no API answers them."""

from __future__ import annotations


class AlertWorkRefused(ValueError):
    """A rule of this work was broken; the message is for the person, and nothing changed."""


class NotAllowed(AlertWorkRefused):
    """The person's role does not include working on incidents."""


class NotNow(AlertWorkRefused):
    """The incident is not in a state in which this can be done."""


class TakenMeanwhile(AlertWorkRefused):
    """Somebody else was quicker."""


class Unsaid(AlertWorkRefused):
    """Something that must be said is missing or makes no sense."""
