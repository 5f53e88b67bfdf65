"""Processes killed under load, and a command to everybody."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from bench.telemetry_stages import EVERY_S, now_ms
from bench.telemetry_world import ENGINES, memory_mb, postmaster

if TYPE_CHECKING:
    from bench.telemetry import Bench

KILLED: Final = ("engine", "receiver0", "telemetry_redis", "redis", "postgres", "web")
SPARE_STARTS_S: Final = 10.0
AFTER_S: Final = 9.0
BEFORE_S: Final = 3.0


def kills(bench: Bench) -> dict[str, Any]:
    """kill -9 of each process in turn while everybody reports: what was acknowledged is stored once, and screens live again."""
    spares = [
        bench.world.start_engine(ENGINES[1]),
        bench.world.start_web("web_beside"),
    ]  # as `up` and every installation runs two
    time.sleep(SPARE_STARTS_S)
    spares_mb = round(memory_mb([spare.pid for spare in spares]))
    began_ms, before = bench.between()
    bench.load.rate(bench.count / EVERY_S)
    stale: dict[str, float] = {}
    for name in KILLED:
        time.sleep(BEFORE_S)
        bench.watch.start()
        if name == "postgres":
            os.kill(postmaster(bench.world.postgres), signal.SIGKILL)
        else:
            bench.world.kill(_serving(bench) if name == "engine" else name)
        bench.keep_alive(AFTER_S)
        told = bench.watch.tell()
        stale[name] = round(told["stale_ms"] / 1000, 2)
        bench.say(f"killed {name}: screens stood still for", f"{stale[name]:.2f}", "s")
    bench.keep_alive(2)
    told = bench.load.settle()
    bench.checks.wait_until_stored()
    rows, distinct = bench.checks.stored(began_ms)
    acked = told["acked"] - before["acked"]
    return {
        "killed": len(KILLED), "killed_acked": acked, "killed_stored": distinct, "killed_lost": max(0, acked - distinct),
        "killed_duplicates": rows - distinct, "killed_thrown_away_by_tills": told["thrown_away"] - before["thrown_away"],
        "killed_spares_mb": spares_mb, "killed_stale_s": stale, "live_again_s_max": max(stale.values()),
    }  # fmt: skip


def _serving(bench: Bench) -> str:
    """Of the engines the one that has the shard; the other stands by."""
    (name,) = bench.checks.rows("SELECT engine FROM pos_monitor_shardprogress WHERE shard = 0")[0]
    pid = int(name.split(":")[1])
    return next(each for each in ENGINES if bench.world.parts[each].pid == pid)


def command(bench: Bench) -> dict[str, Any]:
    """A message to every terminal: until the ledger says that each was sent it, and until each has it."""
    bench.load.rate(bench.count / EVERY_S)
    time.sleep(2)
    before = bench.load.look()["commands"]
    began = time.monotonic()
    sent = _send_and_approve(bench)
    asked_s = time.monotonic() - began
    ledgered_s = got_s = None
    while time.monotonic() - began < 60 and (ledgered_s is None or got_s is None):
        if (
            ledgered_s is None
            and bench.checks.one(
                "SELECT count(*) FROM pos_monitor_commanddelivery WHERE command_id = %s AND sent_at IS NOT NULL", sent.pk
            )
            >= bench.count
        ):
            ledgered_s = time.monotonic() - began
        if got_s is None and bench.load.look()["commands"] - before >= bench.count:
            got_s = time.monotonic() - began
        time.sleep(0.05)
    time.sleep(1.5 * EVERY_S)  # results go with each terminal's next report
    done = bench.checks.one("SELECT count(*) FROM pos_monitor_commanddelivery WHERE command_id = %s AND state = 3", sent.pk)
    return {
        "command_to": sent.terminals, "command_asked_s": round(asked_s, 2), "command_ledgered_s": ledgered_s and round(ledgered_s, 2),
        "command_received_s": got_s and round(got_s, 2), "command_done": done,
    }  # fmt: skip


def _send_and_approve(bench: Bench) -> Any:
    """So many terminals need two people; the clock runs from the second one's yes, but for what the ledger takes."""
    from common.scopes import across_merchants
    from pos_monitor.commands.services import Plan, Sender, approve, send
    from pos_monitor.models import Command, Terminal

    one, other = bench.people
    with across_merchants("a benchmark of its own platform"):
        terminals = Terminal.objects.exclude(pk__in=bench.checks.marked)
        plan = Plan(waves=(100,), reason="The benchmark asks", request_key=f"bench-{now_ms()}")
        sent = send(
            kind="message",
            parameters={"text": "Thank you for reporting."},
            terminals=terminals,
            sender=Sender(user=one),
            plan=plan,
        )
        if sent.state == Command.State.WAITING:
            approve(command=sent, by=other)
        sent.refresh_from_db()
    return sent


def packing(bench: Bench) -> dict[str, Any]:
    """Finished hours are packed by terminal: bytes a report with their index, and what it takes."""
    from datetime import UTC, datetime, timedelta

    from common.scopes import across_merchants
    from pos_monitor.history.compact import compact

    bench.load.settle()
    bench.checks.wait_until_stored()
    next_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    before = bench.checks.one("SELECT count(*) FROM pos_monitor_report")
    rows_bytes = bench.checks.one(
        "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'pos_monitor_report'::regclass"
    )
    began = time.monotonic()
    with across_merchants("a benchmark of its own platform"):
        compact(until=next_hour + timedelta(hours=1), seconds=300)
    seconds = time.monotonic() - began
    size, reports = bench.checks.rows(
        "SELECT (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'pos_monitor_chunk'::regclass), "
        "(SELECT sum(reports) FROM pos_monitor_chunk)"
    )[0]
    return {
        "packed_reports": int(reports or 0), "packed_lost": before - int(reports or 0), "bytes_per_report": round(float(size) / int(reports), 2),
        "bytes_per_row_before": round(float(rows_bytes) / before, 1), "packing_s": round(seconds, 1), "packed_from_ms": now_ms(),
    }  # fmt: skip
