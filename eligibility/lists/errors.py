"""Why a list is not taken. Each says in a sentence what is wrong, for the people who look after sources."""

from __future__ import annotations


class ListFault(Exception):
    """What the publisher sent cannot be taken. is_passing: another try later may go well without anybody's doing."""

    is_passing = False


class SourceUnreachable(ListFault):
    """The publisher does not answer, or broke off."""

    is_passing = True


class NotAuthentic(ListFault):
    """A signature or a checksum does not fit what was sent."""


class NotReadable(ListFault):
    """It is not what the layout says."""


class Outdated(ListFault):
    """It is older than what was taken before."""


class NotInOrder(ListFault):
    """A delta that does not follow what is in force here."""
