"""The acquirer as the rest of the platform sees it. A certified processor is another class of this shape."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Protocol

from django.conf import settings

from checkout.network.client import AdviceOutcome, HostClient
from checkout.network.profiles import profile_named
from checkout.network.types import AdviceRequest, AdviceResult, AuthorisationRequest, AuthorisationResult

DEFAULT_TIMEOUT_S = 8.0  # issuers answer within a few seconds or not at all; a shopper waits no longer


class Acquirer(Protocol):
    """Whoever takes card payments to the networks for us."""

    def authorise(self, request: AuthorisationRequest) -> AuthorisationResult:
        """Ask for money. Raises NetworkTimeout (unknown: reverse it) or NetworkUnavailable (not charged)."""

    def send_advice(self, request: AdviceRequest) -> AdviceResult:
        """Report a completion, reversal or refund. Raises as `authorise` does; safe to repeat."""

    def send_many(self, requests: Sequence[AdviceRequest]) -> list[AdviceOutcome]:
        """Report many at once; what happened to each, in the same order. Network troubles are not raised."""

    def echo(self) -> bool:
        """Whether the acquirer answers."""


_clients: dict[tuple[str, int, float, str], HostClient] = {}
_lock = threading.Lock()


def acquirer() -> Acquirer:
    """The configured acquirer; all threads of a process share its few connections."""
    timeout_s = float(getattr(settings, "ACQUIRER_TIMEOUT_S", DEFAULT_TIMEOUT_S))
    address = (str(settings.ACQUIRER_HOST), int(settings.ACQUIRER_PORT), timeout_s, str(settings.ACQUIRER_PROFILE))
    with _lock:
        if address not in _clients:
            _clients[address] = HostClient(
                address[0], address[1], timeout_s=timeout_s, profile=profile_named(address[3]),
                connections=settings.ACQUIRER_CONNECTIONS, max_in_flight=settings.ACQUIRER_MAX_IN_FLIGHT,
            )  # fmt: skip
        return _clients[address]


def _new_lock_in_child() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock_in_child)
