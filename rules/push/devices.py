"""Devices on which a customer takes pushes."""

from __future__ import annotations

import hashlib
from typing import Final

from django.db import transaction
from django.utils import timezone

from rules.feed.errors import CustomerUnknown, PushDeviceLimit
from rules.models import Customer, PushDevice, PushPlace

MOST_DEVICES: Final = 10


@transaction.atomic
def register_device(*, customer: Customer, platform: str, token: str) -> tuple[PushDevice, bool]:
    """Note that this device takes the customer's pushes; returns it, and whether it is new. Safe to repeat.

    Whoever else had it no longer does: another customer is signed in on it now. Raises PushDeviceLimit.
    """
    assert customer.merchant_id is not None  # no door opens a person's customer to an app
    index = hashlib.sha256(f"{customer.merchant_id}\n{token}".encode()).hexdigest()
    Customer.objects.select_for_update().get(pk=customer.pk)  # two registrations at once must not pass the limit together
    known = PushDevice.objects.filter(customer=customer, token_index=index).first()
    if (known is None or known.removed_at) and PushDevice.objects.filter(
        customer=customer, removed_at=None
    ).count() >= MOST_DEVICES:
        raise PushDeviceLimit()
    is_new = known is None or known.removed_at is not None
    device = known or PushDevice(customer=customer, token_index=index)
    device.platform, device.token, device.removed_at, device.removed_because = platform, token, None, ""
    device.save()
    others = PushDevice.objects.filter(customer__merchant_id=customer.merchant_id, token_index=index, removed_at=None)
    others.exclude(customer=customer).update(removed_at=timezone.now(), removed_because="another customer signed in on it")
    PushPlace.objects.get_or_create(customer=customer)
    return device, is_new


def remove_device(*, customer: Customer, public_id: str, because: str = "by the app") -> None:
    """No more pushes to it. Safe to repeat. Raises CustomerUnknown where the customer never had it."""
    found = PushDevice.objects.filter(customer=customer, public_id=public_id[:40])
    if not found.exists():
        raise CustomerUnknown("There is no such device of this customer.")
    found.filter(removed_at=None).update(removed_at=timezone.now(), removed_because=because)
