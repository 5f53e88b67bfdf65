"""What runs refuse. Staff meet these in the admin and in commands; no API answers them."""

from __future__ import annotations


class RunRefused(ValueError):
    """A rule of runs was broken; the message is for the person."""


class RunUnderWay(RunRefused):
    """There is one at a time."""


class NothingPublished(RunRefused):
    """No version of the rules is in force."""


class NotNow(RunRefused):
    """The run is not in a state in which this can be done."""


class ResultsDropped(RunRefused):
    """The run's results are kept no longer."""


class RunNotAllowed(RunRefused):
    """The person's role does not include starting and steering runs."""
