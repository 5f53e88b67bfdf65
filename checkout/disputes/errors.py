from __future__ import annotations

from common.errors import PlatformError


class DisputeClosed(PlatformError):
    """This dispute is answered or decided already, or its time is over: nothing can be added or changed."""

    code = "dispute_closed"
    http_status = 409


class DisputeEvidenceMissing(PlatformError):
    """There is nothing to submit yet: the pack is not complete, and you have added neither words nor a file."""

    code = "dispute_evidence_missing"
    http_status = 409


class DisputeFilesTooMany(PlatformError):
    """An answer takes ten files at most."""

    code = "dispute_files_too_many"
    http_status = 409
