from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from vault.custody.port import CustodyError
from vault.governance.carrying_out import carry_out, look_at
from vault.governance.models import CustodyRequest
from vault.governance.services import expire_requests
from vault.key_models import MerchantKey

LEFT_BEHIND = timedelta(seconds=30)  # approved so long ago and not carried out: whoever was at it has died
LOOKED_AT_ONCE = 50  # keys a tick; with a tick a minute, a thousand merchants are looked at every twenty minutes


@shared_task(name="vault.tidy_custody")
def tidy_custody() -> int:
    """End requests that nobody approved in time, and carry out what was left behind."""
    ended = expire_requests()
    left = CustodyRequest.objects.filter(
        status=CustodyRequest.Status.APPROVED, decided_at__lt=timezone.now() - LEFT_BEHIND
    ).select_related("key")
    for request in left:
        carry_out(request=request)
    return ended + len(left)


@shared_task(name="vault.watch_keys")
def watch_keys() -> int:
    """Look how the keys stand at the bank, longest unseen first; what was changed there directly enters the history."""
    looked = 0
    for key in MerchantKey.objects.order_by("state_at", "pk")[:LOOKED_AT_ONCE]:
        try:
            look_at(key)
        except CustodyError:
            break  # the bank is silent: the next tick asks again
        looked += 1
    return looked
