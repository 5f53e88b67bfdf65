"""What can go wrong with products and files of them."""

from __future__ import annotations

from common.errors import PlatformError


class StatusUnknown(PlatformError):
    """There is no such status of a decision."""

    code = "status_unknown"


class MomentInvalid(PlatformError):
    """A moment is written like 2026-11-22T09:30:00Z, with its zone."""

    code = "moment_invalid"


class UploadEmpty(PlatformError):
    """The file holds no row to work on."""

    code = "upload_empty"


class UploadUnreadable(PlatformError):
    """The file cannot be read as what it is said to be: CSV or JSON lines, in UTF-8 unless you name another encoding."""

    code = "upload_unreadable"


class UploadColumnsUnknown(PlatformError):
    """A column that is needed is not in the file, or the mapping names one that is not there."""

    code = "upload_columns_unknown"


class UploadOptionInvalid(PlatformError):
    """Something that was said about the file, such as its format or delimiter, is not known."""

    code = "upload_option_invalid"


class UploadTooLarge(PlatformError):
    """The file has more bytes or rows than one upload may have."""

    code = "upload_too_large"
    http_status = 413


class TooManyJobs(PlatformError):
    """As many files of yours as may wait at a time are waiting or under way."""

    code = "too_many_jobs"
    http_status = 429
    retryable = True


class DeedEmpty(PlatformError):
    """No product was chosen, or none matches any more: nothing was done."""

    code = "catalogue_deed_empty"


class JobEnded(PlatformError):
    """The job has ended: it can no longer be cancelled."""

    code = "job_ended"
    http_status = 409


class JobUnfinished(PlatformError):
    """The job is still waiting or under way: its result file is there when it has ended."""

    code = "job_unfinished"
    http_status = 409
    retryable = True


class JobExpired(PlatformError):
    """The job's file was kept for its days and is deleted."""

    code = "job_expired"
    http_status = 410
