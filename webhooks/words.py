"""States of endpoints and deliveries as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from webhooks.models import WebhookEndpoint

Reason = WebhookEndpoint.Reason
# State -> word, tone, icon of templates/components.
ENDPOINT_STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "enabled": ("On", "good", "check"), "paused": ("Paused", "warn", "clock"), "disabled": ("Off", "fault", "minus"),
}  # fmt: skip
FAILING: Final = ("Failing", "warn", "alert")  # on, but its last delivery did not arrive
DELIVERY_STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "waiting": ("Waiting", "warn", "clock"), "delivered": ("Delivered", "good", "check"), "failed": ("Given up", "fault", "alert"),
    "cancelled": ("Not sent", "", "minus"),
}  # fmt: skip
ERRORS: Final[Mapping[str, str]] = {
    "": "accepted", "status": "refused", "timeout": "no answer in time", "dns": "name not found", "connect": "no connection",
    "tls": "certificate refused", "protocol": "not HTTP", "forbidden": "private address",
}  # fmt: skip
# Why an endpoint does not hear events, and what to do: title, sentence.
BANNERS: Final[Mapping[str, tuple[str, str]]] = {
    Reason.FAILING: (
        "We paused this endpoint: every delivery failed for three days.",
        "Mend your server, then press Resume: what waited goes out at once.",
    ),
    Reason.GONE: (
        "Your server answered “410 Gone”, so this endpoint is off.",
        "Events pass it by. Switch it on again, then replay the days that it missed.",
    ),
    Reason.PAUSED_TOO_LONG: (
        "This endpoint was paused for 30 days, so it is off now.",
        "Events pass it by. Switch it on again, then replay what you still need, up to 31 days at a time.",
    ),
}


def banner(endpoint: WebhookEndpoint) -> dict[str, str] | None:
    """What stands above an endpoint's page when something is not as it should be."""
    if endpoint.state_reason in BANNERS:
        title, text = BANNERS[endpoint.state_reason]
        return {"tone": "fault" if endpoint.state == "disabled" else "warn", "title": title, "text": text}
    if endpoint.state == WebhookEndpoint.State.PAUSED:
        return {"tone": "warn", "title": "You paused this endpoint.", "text": "Events wait, and go out when you resume it."}
    if endpoint.state == WebhookEndpoint.State.DISABLED:
        return {
            "tone": "warn",
            "title": "You switched this endpoint off.",
            "text": "Events pass it by; replay them when it is on.",
        }
    if endpoint.failures_in_a_row:
        times = "once" if endpoint.failures_in_a_row == 1 else f"{endpoint.failures_in_a_row} times in a row"
        text = "We go on trying for three days, ever more rarely. The deliveries below show what came of each attempt."
        return {"tone": "warn", "title": f"Deliveries failed {times}.", "text": text}
    return None
