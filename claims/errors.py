from __future__ import annotations

from common.errors import PlatformError


class ClaimStateWrong(PlatformError):
    """The claim is not where this can happen: look at its state."""

    code = "claim_state_wrong"
    http_status = 409


class ClaimEmpty(PlatformError):
    """A claim needs at least one purchased line before it can be sent."""

    code = "claim_empty"


class LineTaken(PlatformError):
    """This line is in another claim that is under way: withdraw that one, or leave the line out."""

    code = "claim_line_taken"
    http_status = 409


class LineNotClaimable(PlatformError):
    """This line cannot be claimed: it is no eligible purchase of yours that an ordinary card paid for."""

    code = "claim_line_not_claimable"


class ClaimAmountWrong(PlatformError):
    """The amount cannot be: more than was paid, asked or approved, or nothing at all."""

    code = "claim_amount_wrong"


class ClaimTextMissing(PlatformError):
    """Say to whom the claim goes, or what is asked, or why it is refused."""

    code = "claim_text_missing"
