"""Tills and online stores of the demo's merchants, which `manage.py simulate_fleet --of demo` plays, and one that nobody plays: yours to try."""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from common.tokens import digest_of
from merchants.models import Merchant
from portal.demo.stores import STORES
from pos_monitor.estate.tokens import issue
from pos_monitor.models import Store, Terminal, TerminalToken
from pos_monitor.simulation.demo import demo_plan
from pos_monitor.simulation.making import DEMO, make_fleet

YOURS: Final = {"model": "Aria Desk 4", "serial": "YOURS-000001"}


def demo_tills() -> None:
    """Make them where they lack, and write a token into `demo.json` as `terminal_token`. Safe to repeat."""
    merchants = list(Merchant.objects.filter(card_acceptor_id__in=[store.card_acceptor_id for store in STORES]).order_by("pk"))
    make_fleet(demo_plan(len(merchants)), naming=DEMO, every_s=DEMO.every_s, merchants=merchants)
    path = settings.DATA_DIR / "demo.json"
    demo: dict[str, Any] = json.loads(path.read_text())
    token = _your_token(merchants[0], demo.get("terminal_token", ""))
    path.write_text(json.dumps({**demo, "terminal_token": token}, indent=1))


def _your_token(merchant: Merchant, known: str) -> str:
    """Of a till in the first merchant's first store, which reports only what you send."""
    store = Store.objects.filter(merchant=merchant, town__gt="").order_by("pk")[0]
    terminal, _ = Terminal.objects.get_or_create(
        **YOURS,
        defaults={
            "merchant": merchant, "store": store, "state": Terminal.State.ACTIVE, "label": "Your till", "activated_at": timezone.now(),
            "tags": ["yours to try"],
        },
    )  # fmt: skip
    if TerminalToken.objects.filter(terminal=terminal, digest=digest_of(known), revoked_at=None).exists():
        return known
    return issue(terminal=terminal)
