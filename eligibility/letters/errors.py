from __future__ import annotations

from common.errors import PlatformError


class LetterStateWrong(PlatformError):
    """The letter is in a state in which this cannot be done."""

    code = "letter_state_wrong"
    http_status = 409


class LetterScopeInvalid(PlatformError):
    """A letter covers categories or items that need one, and nothing else."""

    code = "letter_scope_invalid"


class TooManyLetterRequests(PlatformError):
    """As many requests for this shopper as may be open at a time wait for a clinician."""

    code = "too_many_letter_requests"
    http_status = 429
    retryable = True


class LetterIncomplete(PlatformError):
    """The letter cannot be signed as it stands: an administrator would deny it."""

    code = "letter_incomplete"


class LetterDocumentInvalid(PlatformError):
    """The uploaded letter is not a PDF that can be taken."""

    code = "letter_document_invalid"


class LetterNotYours(PlatformError):
    """Another clinician reviews this letter."""

    code = "letter_not_yours"
    http_status = 403
    type = "permission_error"


class ClinicianUnknown(PlatformError):
    """Nobody has confirmed a licence of yours: letters cannot be signed without one."""

    code = "clinician_unknown"
    http_status = 403
    type = "permission_error"


class LetterShopperUnknown(PlatformError):
    """Name the shopper by an id of yours (shp_…) or by an e-mail address."""

    code = "shopper_unknown"
