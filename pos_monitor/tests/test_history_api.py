from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from merchants.models import Merchant
from pos_monitor.history import compact, write
from pos_monitor.models import Terminal
from pos_monitor.tests.estate_samples import a_terminal
from pos_monitor.tests.test_history_write import reports

pytestmark = pytest.mark.django_db(transaction=True)
BEGAN_MS = (round(time.time() * 1000) // 3_600_000 - 3) * 3_600_000  # two hours ago and more, on the hour
UNTIL = datetime.fromtimestamp(BEGAN_MS / 1000 + 3600, UTC).isoformat()


@pytest.fixture
def till(acme: Merchant) -> Terminal:
    """A till that reported for half an hour; the battery was charged halfway."""
    till = a_terminal(acme)
    sent = reports(180, terminal=till.pk, received_ms=BEGAN_MS)
    sent["battery"], sent["sales_ok"] = [50] * 90 + [90] * 90, 1
    with transaction.atomic(), connection.cursor() as cursor:
        write.copy(cursor, sent)
    return till


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_merchant_reads_what_its_till_measured_and_counted(acme_api: APIClient, till: Terminal, is_packed: bool) -> None:
    if is_packed:
        compact.compact()

    answer = acme_api.get(
        f"/v1/terminals/{till.public_id}/history", {"until": UNTIL, "fields": "battery_percent,sales_ok"}
    ).json()

    assert (answer["object"], answer["terminal"], answer["every_s"], answer["reports"]) == (
        "terminal_history",
        till.public_id,
        0,
        180,
    )
    assert answer["times"][:2] == [BEGAN_MS // 1000, BEGAN_MS // 1000 + 10]
    assert answer["values"] == {"battery_percent": {"value": [50] * 90 + [90] * 90}}
    assert answer["sums"] == {
        "every_s": 300, "times": [BEGAN_MS // 1000 + 300 * step for step in range(6)], "values": {"sales_ok": [30] * 6},
    }  # fmt: skip


def test_few_points_are_summaries(acme_api: APIClient, till: Terminal) -> None:
    answer = acme_api.get(
        f"/v1/terminals/{till.public_id}/history", {"until": UNTIL, "points": 24, "fields": "battery_percent"}
    ).json()

    assert answer["every_s"] == 3600
    assert answer["values"]["battery_percent"] == {"value": [70], "low": [50], "high": [90]}


def test_another_merchants_till_is_not_there(globex_api: APIClient, till: Terminal) -> None:
    assert globex_api.get(f"/v1/terminals/{till.public_id}/history").status_code == 404


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
        ({"since": "2020-01-02T00:00:00Z"}, "since"),
        ({"fields": "battery"}, "fields"),
        ({"points": "1"}, "points"),
        ({"untill": "2026-01-01T00:00:00Z"}, "untill"),
    ],
)
def test_what_is_no_range_is_refused_by_name(acme_api: APIClient, till: Terminal, query: dict[str, str], param: str) -> None:
    answer = acme_api.get(f"/v1/terminals/{till.public_id}/history", query)

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
