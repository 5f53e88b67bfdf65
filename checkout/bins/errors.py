"""What can go wrong with a list of card ranges."""

from __future__ import annotations

from common.errors import PlatformError


class CardListUnreadable(PlatformError):
    """A list of card ranges cannot be read at all."""

    code = "card_list_unreadable"


class CardListFaulty(PlatformError):
    """Rows of the list cannot be taken, so none of it is."""

    code = "card_list_faulty"
    http_status = 422


class CardListOutdated(PlatformError):
    """The table of card ranges changed since this list was looked at, or the list was applied or put away: look again."""

    code = "card_list_outdated"
    http_status = 409


class CardListDrastic(PlatformError):
    """The list would end a large part of its source's ranges: say that this is meant."""

    code = "card_list_drastic"
    http_status = 409
