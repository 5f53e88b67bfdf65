"""The sandbox's platform follows the sandbox's own publisher."""

from __future__ import annotations

from django.conf import settings

from common.loopback_server import LOOPBACK
from eligibility.lists.publisher.keys import public_key, signing_key
from eligibility.lists.publisher.shelf import LIST_ID, NAME
from eligibility.models import ListSource


def follow_sandbox_publisher() -> None:
    """Make its list a source, where `up` starts it; safe to repeat. Its key lies in the data folder before it is first started."""
    if not settings.LIST_PUBLISHER_ITEMS:
        return
    folder = settings.DATA_DIR / "list-publisher"
    folder.mkdir(parents=True, exist_ok=True)
    known = {"url": f"http://{LOOPBACK}:{settings.LIST_PUBLISHER_PORT}", "public_key": public_key(signing_key(folder))}
    ListSource.objects.update_or_create(
        list_id=LIST_ID,
        defaults=known,
        create_defaults=known | {"name": NAME, "kind": ListSource.Kind.HTTPS, "check_every_min": 10},
    )
