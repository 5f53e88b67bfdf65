"""What time does to endpoints: old secrets end, and what was paused for a month is switched off."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from webhooks.models import WebhookEndpoint
from webhooks.schedule import DISABLE_AFTER_PAUSE
from webhooks.services.endpoints import lock_endpoint, set_state


def tidy() -> int:
    """Erase secrets whose overlap is over; disable what is paused for 30 days. Returns how many rows changed. Safe to repeat."""
    now = timezone.now()
    erased = WebhookEndpoint.objects.filter(previous_secret_until__lte=now).update(
        previous_secret=None, previous_secret_until=None
    )
    forgotten = WebhookEndpoint.objects.filter(
        state=WebhookEndpoint.State.PAUSED, state_changed_at__lte=now - DISABLE_AFTER_PAUSE
    ).values_list("pk", flat=True)
    return erased + sum(_disable(pk) for pk in forgotten)


@transaction.atomic
def _disable(pk: int) -> bool:
    endpoint = lock_endpoint(pk)
    if endpoint.state != WebhookEndpoint.State.PAUSED:
        return False
    set_state(endpoint=endpoint, state=WebhookEndpoint.State.DISABLED, reason=WebhookEndpoint.Reason.PAUSED_TOO_LONG)
    return True
