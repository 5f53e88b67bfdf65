"""What happens to an endpoint: made, changed, paused, given a new secret, deleted. Each is written to the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from common.bell import ring
from common.outgoing import check_url
from merchants.models import Merchant
from merchants.services import EVENTS_BELL
from vault.audit.services import record
from webhooks.errors import EndpointLimitReached
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.signing import new_secret

MAX_ENDPOINTS: Final = 16
OVERLAP_HOURS: Final = 24
State, Reason = WebhookEndpoint.State, WebhookEndpoint.Reason


@transaction.atomic
def create_endpoint(
    *, merchant: Merchant, url: str, api_version: str, description: str = "", event_types: Sequence[str] = ()
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint and return it with its secret, which is shown this once. Raises AddressForbidden, EndpointLimitReached."""
    address = check_url(url)
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)  # so that two at once count each other
    if WebhookEndpoint.objects.filter(merchant=merchant, deleted_at=None).count() >= MAX_ENDPOINTS:
        raise EndpointLimitReached(f"A merchant has at most {MAX_ENDPOINTS} webhook endpoints: delete one first.")
    secret = new_secret()
    endpoint = WebhookEndpoint.objects.create(
        merchant=merchant, url=address.url, description=description, event_types=sorted(set(event_types)),
        api_version=api_version, secret=secret,
    )  # fmt: skip
    _note("created", endpoint, fields=["url", "event_types", "api_version"])
    return endpoint, secret


@transaction.atomic
def change_endpoint(*, endpoint: WebhookEndpoint, fields: Mapping[str, Any]) -> WebhookEndpoint:
    """Change url, description, event_types, api_version or state, whichever are named; what is named as it was stays so.

    state: `enabled` resumes and lets what waited go out; `paused` keeps it waiting; `disabled` lets it pass by.
    """
    locked = lock_endpoint(endpoint.pk)
    wanted = dict(fields)
    state = wanted.pop("state", None)
    if "url" in wanted:
        wanted["url"] = check_url(wanted["url"]).url
    if "event_types" in wanted:
        wanted["event_types"] = sorted(set(wanted["event_types"]))
    changed = [name for name, value in wanted.items() if getattr(locked, name) != value]
    for name in changed:
        setattr(locked, name, wanted[name])
    if changed:
        locked.save(update_fields=changed)
        _note("changed", locked, fields=changed)
    if state and state != locked.state:
        set_state(endpoint=locked, state=State(state), reason=Reason.BY_HAND if state != State.ENABLED else Reason.NONE)
    return locked


def lock_endpoint(pk: int) -> WebhookEndpoint:
    """The row, locked. Endpoints are locked before deliveries, everywhere."""
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=pk)


def set_state(*, endpoint: WebhookEndpoint, state: WebhookEndpoint.State, reason: WebhookEndpoint.Reason) -> None:
    """Move a locked endpoint to another state. Enabling forgets its failures; disabling cancels what waits."""
    now = timezone.now()
    endpoint.state, endpoint.state_reason, endpoint.state_changed_at = state, reason, now
    if state == State.ENABLED:
        endpoint.failing_since, endpoint.failures_in_a_row, endpoint.throttled_until = None, 0, None
        make_due(endpoint=endpoint, now=now)
        transaction.on_commit(partial(ring, EVENTS_BELL))
    if state == State.DISABLED:
        cancel_waiting(endpoint=endpoint)
    endpoint.save(
        update_fields=["state", "state_reason", "state_changed_at", "failing_since", "failures_in_a_row", "throttled_until"]
    )
    _note(state.value, endpoint, details={"reason": reason.value})


def make_due(*, endpoint: WebhookEndpoint, now: datetime) -> int:
    """Let what waits for a later attempt go out now, with a fresh set of attempts. What is under way keeps its lease."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=WebhookDelivery.State.WAITING, round_attempts__gt=0)
    return waiting.filter(next_attempt_at__gt=now + timedelta(minutes=1)).update(next_attempt_at=now, round_attempts=0)


def cancel_waiting(*, endpoint: WebhookEndpoint) -> int:
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=WebhookDelivery.State.WAITING)
    return waiting.update(state=WebhookDelivery.State.CANCELLED)


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, overlap_hours: int = OVERLAP_HOURS) -> tuple[WebhookEndpoint, str]:
    """Give the endpoint a new secret, shown this once; the one before signs as well for `overlap_hours` (0: not at all).

    A rotation during an overlap ends the oldest of the three at once.
    """
    locked, secret = lock_endpoint(endpoint.pk), new_secret()
    locked.previous_secret = locked.secret if overlap_hours else None
    locked.previous_secret_until = timezone.now() + timedelta(hours=overlap_hours) if overlap_hours else None
    locked.secret, locked.secret_changed_at = secret, timezone.now()
    locked.save(update_fields=["secret", "secret_changed_at", "previous_secret", "previous_secret_until"])
    _note("secret_rotated", locked, details={"overlap_hours": overlap_hours})
    return locked, secret


@transaction.atomic
def delete_endpoint(*, endpoint: WebhookEndpoint) -> None:
    """Take the endpoint away: nothing more is told to it, its secrets are erased; its log stays for support. Safe to repeat."""
    locked = lock_endpoint(endpoint.pk)
    if locked.deleted_at:
        return
    locked.state, locked.deleted_at, locked.secret = State.DISABLED, timezone.now(), ""
    locked.previous_secret = locked.previous_secret_until = None
    locked.save(update_fields=["state", "deleted_at", "secret", "previous_secret", "previous_secret_until"])
    cancel_waiting(endpoint=locked)
    _note("deleted", locked)


def _note(verb: str, endpoint: WebhookEndpoint, *, fields: Sequence[str] = (), details: Mapping[str, Any] | None = None) -> None:
    record(
        action=f"webhook_endpoint.{verb}", subject="webhooks.WebhookEndpoint", subject_id=endpoint.public_id,
        merchant_id=endpoint.merchant_id, fields=fields, details=details,
    )  # fmt: skip
