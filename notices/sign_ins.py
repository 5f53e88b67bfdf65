"""Who signs in from a browser and network that we had not seen is told so."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest

from common.addresses import client_address, coarse
from notices.models import KnownDevice
from notices.services.tell import notify
from people.devices import device_named
from people.models import User
from vault.blind import blind_index

VERSION = re.compile(r"[\d._]+")  # a browser's update does not make it another browser
LONGEST_AGENT = 400


def listen() -> None:
    """Django's own signal is the only place that every way of signing in passes, second factor included."""
    user_logged_in.connect(_note, dispatch_uid="notices.sign_ins")


def _note(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    if request is not None and isinstance(user, User):
        note_sign_in(user=user, agent=request.headers.get("User-Agent", ""), address=client_address(request))


@transaction.atomic
def note_sign_in(*, user: User, agent: str, address: str) -> bool:
    """Remember the device and tell its owner if it is a further one; the very first is the one they were invited with."""
    mark = blind_index(
        label="notices.KnownDevice.fingerprint",
        value=f"{user.public_id}|{VERSION.sub('#', agent[:LONGEST_AGENT])}|{coarse(address)}",
        merchant_id=None,
    )
    had_others = KnownDevice.objects.filter(user=user).exists()
    _, is_new = KnownDevice.objects.get_or_create(user=user, fingerprint=mark)
    if not (is_new and had_others):
        return False
    notify(
        user=user,
        topic="sign_in.new_device",
        subject=mark[:16],
        context={"browser": device_named(agent) or "a browser we do not know"},
    )
    return True
