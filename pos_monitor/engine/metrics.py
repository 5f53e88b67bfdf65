"""Figures of engines for /metrics: what each process says of itself, and what waits in the database for a person."""

from __future__ import annotations

import json
import time
from typing import Any, Final

import redis
from django.conf import settings
from django.db.models import Count

from common.scopes import across_merchants
from pos_monitor.engine.figures import KEY
from pos_monitor.models import Alert, DeadLetter, Severity
from pos_monitor.wire.exposition import Sample, text_of

GONE_S: Final = 15.0  # a process that said nothing for so long has ended
HELP: Final = {
    "fsa_telemetry_engine_serving": ("gauge", "1: the process has its shard; 0: it stands by. One 1 and one 0 for each shard."),
    "fsa_telemetry_engine_back_seconds": ("gauge", "How long its last take-over took, from the lock to the first batch."),
    "fsa_telemetry_engine_batches_total": ("counter", "Batches that an engine took."),
    "fsa_telemetry_engine_batch_seconds_total": ("counter", "What they took altogether."),
    "fsa_telemetry_engine_slowest_batch_seconds": ("gauge", "The slowest batch of the last two seconds."),
    "fsa_telemetry_engine_reports_total": ("counter", "Reports that an engine stored."),
    "fsa_telemetry_engine_repeats_total": ("counter", "Reports that were stored already."),
    "fsa_telemetry_engine_dead_letters_total": ("counter", "What an engine set aside."),
    "fsa_telemetry_engine_alerts_opened_total": ("counter", "Alerts that an engine opened."),
    "fsa_telemetry_engine_alerts_cleared_total": ("counter", "Alerts that it ended."),
    "fsa_telemetry_engine_takeovers_total": ("counter", "How often the process got its shard."),
    "fsa_telemetry_engine_errors_total": ("counter", "What nobody expected, by where it happened; the log has each."),
    "fsa_telemetry_dead_letters": ("gauge", "Dead letters that nobody has settled, by shard."),
    "fsa_telemetry_open_alerts": ("gauge", "Alerts of terminals that are open, by severity."),
}  # fmt: skip
PLAIN: Final = ("serving", "back_seconds", "batch_seconds_total", "slowest_batch_seconds")


def exposition() -> str:
    """Prometheus' text format. Never raises for Redis. Raises DatabaseError."""
    return text_of(HELP, [*_of_processes(), *_of_database()])


def _of_processes() -> list[Sample]:
    url = settings.TELEMETRY_REDIS_URL or settings.REDIS_URL
    found: list[Sample] = []
    try:
        with redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            said: Any = client.hgetall(KEY)
            for process, text in said.items():
                told = json.loads(text)
                if told["at"] < time.time() - GONE_S:
                    client.hdel(KEY, process)
                else:
                    found += _samples(process.decode(), told)
    except redis.RedisError:
        return []
    return found


def _samples(process: str, told: dict[str, Any]) -> list[Sample]:
    labels = f'{{process="{process}",shard="{told["shard"]}"}}'
    values = {name: told[name] for name in PLAIN} | told["counts"]
    found = [(f"fsa_telemetry_engine_{name}", labels, value) for name, value in values.items()]
    errors = [
        (f'{{process="{process}",shard="{told["shard"]}",where="{where}"}}', count) for where, count in told["errors"].items()
    ]
    return [*found, *(("fsa_telemetry_engine_errors_total", named, count) for named, count in errors)]


def _of_database() -> list[Sample]:
    letters = dict(DeadLetter.objects.filter(state=DeadLetter.State.OPEN).order_by().values_list("shard").annotate(Count("pk")))
    with across_merchants("how many alerts of all merchants are open"):
        alerts = dict(Alert.objects.filter(resolved_at=None).order_by().values_list("severity").annotate(Count("pk")))
    shards = sorted({*range(settings.TELEMETRY_SHARDS), *letters})
    return [
        *(("fsa_telemetry_dead_letters", f'{{shard="{shard}"}}', letters.get(shard, 0)) for shard in shards),
        *(("fsa_telemetry_open_alerts", f'{{severity="{one.name.lower()}"}}', alerts.get(one.value, 0)) for one in Severity),
    ]
