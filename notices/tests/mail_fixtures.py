from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from notices.tests.smtp_server import Mailbox, serving


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """The platform's mail server for one test."""
    box = Mailbox()
    with serving(box) as port:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = False
        settings.EMAIL_TIMEOUT = 5
        yield box
