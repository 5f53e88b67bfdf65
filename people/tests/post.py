"""What people received: the post is emptied before anybody looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.core import mail

from people.letters import send_waiting


class Received(Sequence[Any]):
    """Django's outbox, after the letters that wait have left."""

    def __getitem__(self, at: Any) -> Any:
        send_waiting()
        return mail.outbox[at]

    def __len__(self) -> int:
        send_waiting()
        return len(mail.outbox)


@pytest.fixture
def received(mailoutbox: list[Any]) -> Received:
    return Received()
