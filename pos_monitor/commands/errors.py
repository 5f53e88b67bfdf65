"""What can be refused about commands."""

from __future__ import annotations

from common.errors import PlatformError


class CommandInvalid(PlatformError):
    """A parameter of the command is missing or not what this kind takes."""

    code = "command_invalid"


class CommandForNobody(PlatformError):
    """None of these terminals is in use: a command goes to terminals that are active or in repair."""

    code = "command_for_nobody"
    http_status = 409


class CommandNotAllowed(PlatformError):
    """You may not send commands of this kind."""

    code = "command_not_allowed"
    http_status = 403
    type = "permission_error"


class CommandNeedsOther(PlatformError):
    """A command that waits for a second person is approved by another than the one who sent it."""

    code = "command_second_person"
    http_status = 403
    type = "permission_error"


class CommandOver(PlatformError):
    """This command has ended, or does not wait for this."""

    code = "command_over"
    http_status = 409


class CommandReused(PlatformError):
    """This request was sent before with another command in it."""

    code = "command_request_reused"
    http_status = 422


class CommandsTooMany(PlatformError):
    """Too many commands in a short while: wait a minute."""

    code = "commands_too_many"
    http_status = 429
    retryable = True
    type = "rate_limit_error"


class LogNotAsked(PlatformError):
    """No log of this terminal was asked for by this command."""

    code = "command_log_not_asked"
    http_status = 409
