"""A merchant's own push service: its address, and the secret that signs what it is sent."""

from __future__ import annotations

from django.db import transaction

from common.outgoing import check_url
from merchants.models import Merchant
from rules.models import PushService
from vault.audit.services import record_about
from webhooks.signing import new_secret


def service_for(merchant: Merchant) -> PushService | None:
    return PushService.objects.filter(merchant=merchant).first()


@transaction.atomic
def set_service(*, merchant: Merchant, url: str) -> tuple[PushService, str]:
    """Send pushes of the merchant's customers there from now on; returns the row, and its new secret in clear.

    Raises AddressForbidden for an address that the platform does not call.
    """
    checked = check_url(url).url
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
    service = service_for(merchant) or PushService(merchant=merchant)
    secret = new_secret()
    service.url, service.secret = checked, secret
    service.save()
    record_about(service, "set", details={"url": checked})
    return service, secret


@transaction.atomic
def remove_service(*, merchant: Merchant) -> None:
    """Nothing leaves any more. Safe to repeat."""
    if service := service_for(merchant):
        record_about(service, "removed")
        service.delete()
