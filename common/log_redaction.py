"""No card number, key, security code or e-mail address reaches a log, from whatever logger, message or traceback it comes."""

from __future__ import annotations

import logging

from common.secrets_in_text import hide_secrets


class RedactingFormatter(logging.Formatter):
    """Writes the whole line, traceback and all, and then takes out what must not be kept."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_secrets(super().format(record))
