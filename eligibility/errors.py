from __future__ import annotations

from common.errors import PlatformError


class CategoryUnknown(PlatformError):
    """The taxonomy has no such category."""

    code = "category_unknown"


class ClassifierUnavailable(PlatformError):
    """Items cannot be judged just now: the classifier's model is not in place. Send the same call again later."""

    code = "classifier_unavailable"
    http_status = 503
    type = "api_error"
    retryable = True


class AlreadyVoted(PlatformError):
    """You have decided this item already: a second person must agree."""

    code = "already_voted"
    http_status = 409


class ReviewerNotImpartial(PlatformError):
    """You belong to this merchant's team, left it less than 90 days ago, or opened the dispute: somebody else must judge this."""

    code = "reviewer_not_impartial"
    http_status = 403
    type = "permission_error"


class ClaimOver(PlatformError):
    """Somebody else has this item now, or decided it: go on with the next one."""

    code = "review_claim_over"
    http_status = 409


class UndoTooLate(PlatformError):
    """A decision can be taken back for five minutes, and only before another person decides or a merchant is answered."""

    code = "undo_too_late"
    http_status = 409


class DisputeRefused(PlatformError):
    """This decision cannot be disputed so."""

    code = "eligibility_dispute_refused"


class DisputeOpen(PlatformError):
    """A dispute about this item is open already: wait for its answer."""

    code = "eligibility_dispute_open"
    http_status = 409


class TooManyDisputes(PlatformError):
    """As many disputes of yours as may be open at a time wait for their answers."""

    code = "too_many_disputes"
    http_status = 429
    retryable = True


class EvidenceFileRefused(PlatformError):
    """Evidence is a PDF, a PNG or a JPEG of at most 1 MB."""

    code = "evidence_file_refused"
