"""No card number, key, security code or e-mail address reaches a log, from whatever logger, message or traceback it comes."""

from __future__ import annotations

import logging

from common.secrets_in_text import hide_secrets


class RedactingFormatter(logging.Formatter):
    """Writes the whole line, traceback and all, and then takes out what must not be kept."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_secrets(super().format(record))


class RedactingFilter(logging.Filter):
    """For handlers whose formatter is not ours: the message is made, redacted and kept without its arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = hide_secrets(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = hide_secrets(record.exc_text)
        return True
