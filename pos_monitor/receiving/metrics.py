"""Figures of receivers: each process says its own in the Redis of reports, and whoever serves /metrics tells them all."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any, Final

import redis
from django.conf import settings

from common.processes import process_name, process_role
from pos_monitor.wire.exposition import Sample, text_of
from pos_monitor.wire.lag import decode, lag_key
from pos_monitor.wire.record import stream_of

KEY: Final = "telemetry:receivers"  # a hash: process -> JSON of its figures
SAY_S: Final = 2.0
GONE_S: Final = 15.0  # a process that said nothing for so long has ended
HELP: Final = {
    "fsa_telemetry_stream_entries": ("gauge", "Entries in the stream of a shard; those that are stored stay for some seconds."),
    "fsa_telemetry_lag_seconds": ("gauge", "How far the engine of a shard is behind; absent while none is at work."),
    "fsa_telemetry_redis_bytes": ("gauge", "What the Redis of reports holds."),
    "fsa_telemetry_sockets": ("gauge", "Terminals that hold a WebSocket, by process."),
    "fsa_telemetry_held_reports": ("gauge", "Reports that wait in a process for the stream."),
    "fsa_telemetry_shut": ("gauge", "1 while a process takes no reports."),
    "fsa_telemetry_reports_total": ("counter", "Reports that a process took."),
    "fsa_telemetry_merged_total": ("counter", "Heartbeats that were merged into a newer one under overload."),
    "fsa_telemetry_refused_total": ("counter", "Reports that could not be taken."),
    "fsa_telemetry_flawed_total": ("counter", "Reports of which a value was left out or bounded."),
    "fsa_telemetry_limited_total": ("counter", "Messages that came faster than their terminal or merchant may send."),
    "fsa_telemetry_turned_away_total": (
        "counter",
        "Messages that were not taken because the doors were shut, or in spite of a pause.",
    ),
    "fsa_telemetry_strangers_total": ("counter", "Tokens that let nobody in."),
    "fsa_telemetry_commands_total": ("counter", "Commands that were handed down."),
}


def figures(receiver: Any, *, sockets: int, commands: int) -> str:
    """What this process says of itself, as JSON. receiver: a `receiver.Receiver`."""
    counts = {f"{name}_total": value for name, value in dataclasses.asdict(receiver.counts).items()}
    buffer, pressure = receiver.buffer, receiver.pressure
    own = {
        "sockets": sockets, "held_reports": buffer.count, "shut": int(pressure.is_shut), "merged_total": buffer.merged_away,
        "commands_total": commands,
    }  # fmt: skip
    return json.dumps({"at": time.time(), "role": process_role(), **own, **counts})


def name() -> str:
    return process_name()


def exposition() -> str:
    """All figures in Prometheus' text format; what is not known now is left out. Never raises for Redis."""
    try:
        with redis.from_url(
            settings.TELEMETRY_REDIS_URL or settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
        ) as client:
            samples = _of_streams(client) + _of_processes(client)
    except redis.RedisError:
        return ""
    return text_of(HELP, samples)


def _of_streams(client: redis.Redis) -> list[Sample]:
    found: list[Sample] = []
    for shard in range(settings.TELEMETRY_SHARDS):
        entries: Any = client.xlen(stream_of(shard))
        found.append(("fsa_telemetry_stream_entries", f'{{shard="{shard}"}}', entries))
        told: Any = client.get(lag_key(shard))
        if (lag := decode(told)) is not None:
            found.append(("fsa_telemetry_lag_seconds", f'{{shard="{shard}"}}', lag.lag_ms / 1000))
    memory: Any = client.info("memory")
    return [*found, ("fsa_telemetry_redis_bytes", "", memory["used_memory"])]


def _of_processes(client: redis.Redis) -> list[Sample]:
    said: Any = client.hgetall(KEY)
    found: list[Sample] = []
    for process, text in said.items():
        told = json.loads(text)
        if told.pop("at") < time.time() - GONE_S:
            client.hdel(KEY, process)
            continue
        labels = f'{{process="{process.decode()}",role="{told.pop("role")}"}}'
        found += [(f"fsa_telemetry_{metric}", labels, value) for metric, value in told.items()]
    return found
