"""People of the demo, each with a password and a second factor of their own."""

from __future__ import annotations

import json
import secrets
from base64 import b32encode
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.db import transaction

from merchants.models import Member, Merchant
from merchants.team.reach import Reach
from people.models import User
from portal.demo.stores import STORES
from pos_monitor.models import Store


def demo_person(
    *, username: str, email: str, known: dict[str, Any] | None, is_staff: bool = False
) -> tuple[User, dict[str, str]]:
    """The person with this name and how they sign in; `known` is what an earlier run wrote down."""
    secret = {
        "username": username,
        "password": secrets.token_urlsafe(12),
        "totp_secret": b32encode(secrets.token_bytes(20)).decode(),
    }
    user, is_new = User.objects.get_or_create(username=username, defaults={"email": email, "is_staff": is_staff})
    if known and not is_new:
        return user, {name: known[name] for name in secret}
    user.set_password(secret["password"])
    user.save()
    Authenticator.objects.filter(user=user).delete()
    TOTP.activate(user, secret["totp_secret"])
    return user, secret


def join(user: User, merchants: list[Merchant], role: Member.Role) -> None:
    for merchant in merchants:
        Member.objects.get_or_create(merchant=merchant, user=user, defaults={"role": role})


@transaction.atomic
def demo_limited() -> None:
    """Somebody who works for the first merchant in the region of its first store alone: `regional` in `demo.json`. Safe to repeat."""
    path = settings.DATA_DIR / "demo.json"
    demo: dict[str, Any] = json.loads(path.read_text())
    merchant = Merchant.objects.get(card_acceptor_id=STORES[0].card_acceptor_id)
    region = Store.objects.filter(merchant=merchant, town__gt="").order_by("pk").values_list("region", flat=True)[0]
    user, demo["regional"] = demo_person(
        username="regional", email="regional@corner-pharmacy.example", known=demo.get("regional")
    )
    given = {"role": Member.Role.ACCOUNTANT, "reach": Reach.of([region], []).as_json()}
    Member.objects.get_or_create(merchant=merchant, user=user, defaults=given)
    path.write_text(json.dumps(demo, indent=1))
