"""/metrics tells what the card network was asked, how it ended and how long it took."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings as django_settings

from checkout.network.client import HostClient
from checkout.network.errors import NetworkTimeout
from checkout.network.host.background import BackgroundHost
from checkout.network.meter import Meter, meter
from checkout.tests.network_samples import advice, pan_of, request

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures(client, settings):
    """The lines of /metrics that begin so."""
    settings.METRICS_TOKEN = "monitor"
    meter.flush()
    redis.from_url(django_settings.REDIS_URL).flushdb()

    def told(start: str) -> dict[str, float]:
        meter.flush()
        text = client.get("/metrics", headers={"Authorization": "Bearer monitor"}).content.decode()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start)}

    return told


def test_each_question_is_counted_by_its_outcome_and_timed(figures):
    with BackgroundHost() as host:
        link = HostClient("127.0.0.1", host.port, timeout_s=0.3)
        for outcome in ("approved", "approved", "partial", "declined", "issuer_away"):
            link.authorise(request(pan_of(outcome)))
        with pytest.raises(NetworkTimeout):
            link.authorise(request(pan_of("silent")))
        link.send_many(
            [advice("reversal", request(pan_of("approved")), 45_00), advice("completion", request(pan_of("approved")), 1)]
        )
        told = figures("fsa_network_")
        link.close()

    ended = {name: count for name, count in told.items() if name.startswith("fsa_network_questions_total")}
    assert ended == {
        f'fsa_network_questions_total{{kind="{kind}",outcome="{outcome}"}}': count
        for kind, outcome, count in (
            ("authorisation", "approved", 2), ("authorisation", "declined", 1), ("authorisation", "issuer_away", 1),
            ("authorisation", "partial", 1), ("authorisation", "timeout", 1), ("completion", "refused", 1), ("reversal", "acknowledged", 1),
        )
    }  # fmt: skip
    assert told['fsa_network_latency_seconds_count{kind="authorisation"}'] == 6
    assert told['fsa_network_latency_seconds_bucket{kind="authorisation",le="+Inf"}'] == 6
    assert told['fsa_network_latency_seconds_bucket{kind="authorisation",le="0.25"}'] == 5
    assert told['fsa_network_latency_seconds_sum{kind="authorisation"}'] >= 0.3


def test_how_the_link_stands_and_what_waits_is_told(figures):
    told = figures("fsa_")

    assert told['fsa_network_advices{state="waiting"}'] == 0
    assert told['fsa_clearing_cases_open{kind="missing"}'] == 0
    assert [value for name, value in told.items() if name.startswith("fsa_network_connections{")] != []
    assert "fsa_clearing_age_days" not in told


def test_sums_that_redis_did_not_take_are_kept(settings):
    mine = Meter()
    mine.say_s = 0
    mine.note("authorisation", "approved", 0.01)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    mine.flush()
    kept = dict(mine._sums)

    assert kept == {"ended|authorisation|approved": 1, "bucket|authorisation|1": 1, "microseconds|authorisation": 10_000}
