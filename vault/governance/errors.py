"""Refusals of the bank's console. Merchants never meet them, so they are none of the API's errors."""

from __future__ import annotations


class GovernanceRefused(Exception):
    """The request cannot be made or decided as things stand. Each subclass names one reason, in words for the page."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class ReasonNeeded(GovernanceRefused):
    """Write down why, in at most 500 characters: the history keeps it."""


class AlreadyAsked(GovernanceRefused):
    """This is asked for already: decide that request first."""


class AlreadyDecided(GovernanceRefused):
    """Somebody has decided this request already."""


class RequestExpired(GovernanceRefused):
    """It was not approved and carried out within the hour, or a later lock has overtaken it: ask again."""


class SecondPersonNeeded(GovernanceRefused):
    """Whoever asked for it cannot approve it: another person of the bank has to."""


class RotationUnderWay(GovernanceRefused):
    """A rotation of this merchant's key is still under way: wait until it has ended."""


class KeyLocked(GovernanceRefused):
    """The bank has locked this key: restore it before it is rotated."""
