"""What approving and publishing refuse, each by its name."""

from __future__ import annotations

from common.errors import PlatformError


class RuleNotAllowed(PlatformError):
    """Your role does not include this. A lead curator can do it, or give you the role."""

    code = "rule_not_allowed"
    http_status = 403
    type = "permission_error"


class RuleInvalid(PlatformError):
    """The rule has faults: each is named, with its place and what mends it."""

    code = "rule_invalid"
    http_status = 422


class RuleExamplesFailed(PlatformError):
    """An example customer of the rule is judged otherwise than the example says, or an example is missing."""

    code = "rule_examples_failed"
    http_status = 422


class DraftOvertaken(PlatformError):
    """Somebody changed the draft meanwhile: look at it again."""

    code = "rule_draft_overtaken"
    http_status = 409


class RevisionOvertaken(PlatformError):
    """This is not the newest revision any more: look at the newest."""

    code = "rule_revision_overtaken"
    http_status = 409


class ApproverIsAuthor(PlatformError):
    """You wrote this revision, or a part of it: somebody else must approve it."""

    code = "rule_approver_is_author"
    http_status = 403
    type = "permission_error"


class RuleReasonMissing(PlatformError):
    """Say why, in at least two words: it is kept with the change."""

    code = "rule_reason_missing"


class NothingToPublish(PlatformError):
    """No rule is approved yet: there is nothing to publish."""

    code = "rules_nothing_to_publish"
    http_status = 409


class PublicationOvertaken(PlatformError):
    """Somebody else published, rolled back or approved meanwhile: look again."""

    code = "rules_overtaken"
    http_status = 409
    retryable = True


class SelfTestFailed(PlatformError):
    """The rules do not judge the golden customers as they should: the version is not taken up."""

    code = "rules_self_test_failed"
    http_status = 422


class RuleFileUnusable(PlatformError):
    """The rule file is missing, was altered, or was made for other fields than this release knows."""

    code = "rule_file_unusable"
    http_status = 503
    type = "api_error"
