"""What can go wrong between us and the acquirer, by name."""

from __future__ import annotations

from common.errors import PlatformError


class NetworkTimeout(PlatformError):
    """The message left for the card network and no answer came: neither yes nor no."""

    code = "network_timeout"
    http_status = 504
    retryable = False  # money may be held: queue a reversal of this reference first
    type = "api_error"


class NetworkUnavailable(PlatformError):
    """The card network could not be reached, so nothing was charged."""

    code = "network_unavailable"
    http_status = 503
    retryable = True
    type = "api_error"


class NetworkBusy(NetworkUnavailable):
    """So many questions wait for the card network that no more are sent; nothing was charged."""

    code = "network_busy"


class NetworkCircuitOpen(NetworkUnavailable):
    """The card network was lost several times in a row, and nobody tries it again for some seconds; nothing was charged."""

    code = "network_circuit_open"


class NetworkReferenceInUse(PlatformError):
    """A message with the same trace number and terminal is already waiting for its answer."""

    code = "network_reference_in_use"
    http_status = 409
    retryable = True
    type = "api_error"


class MalformedMessage(ValueError):
    """Bytes or fields that are not a message of this dialect. The text never quotes a field's value."""
