from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from vault.custody.port import CustodianSilent, CustodyError
from vault.governance.carrying_out import carry_out, look_at
from vault.governance.errors import AlreadyDecided, RequestExpired
from vault.governance.models import CustodyRequest
from vault.governance.services import expire_requests
from vault.key_models import MerchantKey

logger = logging.getLogger(__name__)
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
        with suppress(AlreadyDecided, RequestExpired):  # somebody was quicker, or a later lock has overtaken it
            carry_out(request=request)
    return ended + len(left)


@shared_task(name="vault.watch_keys")
def watch_keys() -> int:
    """Look how the keys stand at the bank, longest unseen first; what was changed there directly enters the history."""
    looked = 0
    for key in MerchantKey.objects.order_by("state_at", "pk")[:LOOKED_AT_ONCE]:
        try:
            look_at(key)
        except CustodianSilent:
            break  # the next tick asks again
        except CustodyError as refusal:
            logger.warning("the bank does not show how the key of %s stands: %s", key.owner, refusal)
            continue
        looked += 1
    return looked
