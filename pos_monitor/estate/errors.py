"""What can be refused about stores, terminals and their enrolment."""

from __future__ import annotations

from common.errors import PlatformError


class TerminalExists(PlatformError):
    """There is a terminal of this model with this serial number already: change that one."""

    code = "terminal_exists"
    http_status = 409


class TerminalMoveRefused(PlatformError):
    """A terminal cannot change from its state to that one."""

    code = "terminal_state_invalid"
    http_status = 409


class TerminalNeedsStore(PlatformError):
    """A terminal in use stands in a store: set its store first."""

    code = "terminal_store_required"
    http_status = 409


class TerminalRetired(PlatformError):
    """This terminal is retired: it gets no code, no token and no command any more."""

    code = "terminal_retired"
    http_status = 409


class StoreUnknown(PlatformError):
    """There is no such store, or it is not of this merchant."""

    code = "store_unknown"


class StoreExists(PlatformError):
    """The merchant has a store of this name already."""

    code = "store_exists"
    http_status = 409


class TerminalFilterInvalid(PlatformError):
    """A filter of the list of terminals has a value that it cannot have."""

    code = "terminal_filter_invalid"


class EnrolmentRefused(PlatformError):
    """This code is not known, was used, has expired, or is for another serial number: ask for a new one."""

    code = "enrolment_refused"
    http_status = 403
    type = "permission_error"


class ImportUnreadable(PlatformError):
    """This file cannot be read as a list of terminals."""

    code = "terminal_import_unreadable"


class ImportOver(PlatformError):
    """This list was taken in or cancelled already."""

    code = "terminal_import_over"
    http_status = 409
