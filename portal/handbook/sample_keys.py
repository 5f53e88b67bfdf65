"""Samples are shown with keys that work, where showing them gives nothing away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from merchants.capabilities import may
from merchants.selectors import memberships_of
from people.models import User

OWN_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


def sample_keys(user: User | AnonymousUser) -> Mapping[str, str]:
    """What stands in a sample -> what it is shown as. Empty where samples stay as they are written.

    Secret keys are kept as digests, so the only ones that can be shown are the demo's, from the file that also prints them at the start.
    They are shown in a sandbox alone: to everybody where the platform runs on one's own machine, else to those of the demo merchant's people who may make keys.
    """
    if not settings.IS_SANDBOX:
        return {}
    path = Path(settings.DATA_DIR) / "demo.json"
    try:
        demo = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    is_here = urlsplit(settings.BASE_URL).hostname in OWN_MACHINE
    if not is_here and not (
        isinstance(user, User)
        and any(m.merchant.public_id == demo["merchant_id"] and may(m, "keys.manage") for m in memberships_of(user))
    ):
        return {}
    return {
        "http://127.0.0.1:8000": settings.BASE_URL, "sk_test_…": demo["secret_key"], "pk_test_…": demo["publishable_key"],
    }  # fmt: skip


def filled(html: str, keys: Mapping[str, str]) -> str:
    for written, shown in keys.items():
        html = html.replace(written, escape(shown))
    return html
