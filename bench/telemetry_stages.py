"""The stages of the tills' benchmark. Each takes the bench, loads it in its own way, and returns its figures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from bench.telemetry_load import percentile_ms
from bench.telemetry_world import cpu_s, memory_mb

if TYPE_CHECKING:
    from bench.telemetry import Bench

EVERY_S: Final = 10.0
SILENT_PART: Final = 3  # every third till
WEB: Final = "web"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def steady(bench: Bench) -> dict[str, Any]:
    """Every terminal every ten seconds, for minutes: everything stored once, and what it costs."""
    bench.load.rate(bench.count / EVERY_S)
    time.sleep(bench.warm_up_s)
    return _over(bench, bench.steady_s, bench.count / EVERY_S)


def burst(bench: Bench) -> dict[str, Any]:
    """Five times as much for a minute."""
    figures = _over(bench, bench.short(60), bench.count / 2)
    return {f"burst_{name}": value for name, value in figures.items()}


def overload(bench: Bench) -> dict[str, Any]:
    """More than the machine can take: nothing of alert class is lost, and it is over soon after."""
    began_ms, before = bench.between()
    bench.load.order("urgent 100")
    bench.load.rate(1.2 * bench.count, 4)
    seconds, worst = bench.short(30), 0.0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        worst = max(worst, bench.checks.lag_s() or 0.0)
        time.sleep(0.25)
    offered = bench.load.look()["made"] - before["made"]
    bench.load.rate(bench.count / EVERY_S)
    recovered_s = bench.checks.wait_until_stored()
    bench.load.order("urgent 0")
    told = bench.load.settle()
    bench.checks.wait_until_stored()
    rows, distinct = bench.checks.stored(began_ms)
    return {
        "overload_offered_per_s": round(offered / seconds), "overload_acked": told["acked"] - before["acked"], "overload_stored": distinct,
        "overload_duplicates": rows - distinct, "overload_lag_s_max": round(worst, 2), "overload_recovered_s": recovered_s,
        "overload_urgent_lost": told["urgent_acked"] - before["urgent_acked"] - bench.checks.urgent(began_ms),
        "overload_pauses": told["pauses"] - before["pauses"], "overload_thrown_away_by_tills": told["thrown_away"] - before["thrown_away"],
    }  # fmt: skip


def silence(bench: Bench) -> dict[str, Any]:
    """A third of the fleet falls silent at once, and comes back."""
    bench.load.rate(bench.count / EVERY_S)
    time.sleep(2 * EVERY_S)
    began_ms, expected = now_ms(), -(-bench.count // SILENT_PART)
    bench.load.order(f"silence {SILENT_PART}")
    until = time.monotonic() + 3.5 * EVERY_S + 15
    while time.monotonic() < until and bench.checks.open_absences(began_ms) < expected:
        time.sleep(0.5)
    time.sleep(1)
    noticed, incidents = bench.checks.open_absences(began_ms), bench.checks.incidents(began_ms)
    p50, longest = bench.checks.detection_s(began_ms, EVERY_S)
    came_back = time.monotonic()
    bench.load.order("speak")
    while bench.checks.open_absences(began_ms) and time.monotonic() - came_back < 60:
        time.sleep(0.1)
    return {
        "silent": expected, "silent_noticed": noticed, "offline_detect_s_p50": p50, "offline_detect_s_max": longest,
        "silent_incidents": incidents, "silent_left_open": bench.checks.open_absences(began_ms),
        "silent_cleared_s": round(time.monotonic() - came_back, 1),
    }  # fmt: skip


def rough(bench: Bench) -> dict[str, Any]:
    """5 % of reports lost, others up to 2 s late, every clock off by up to ten minutes: nobody is called silent."""
    bench.load.rate(bench.count / EVERY_S)
    for line in ("loss 0.05", "jitter 2000", "clock 600000"):
        bench.load.order(line)
    time.sleep(5)
    began_ms = now_ms()
    time.sleep(bench.short(60))
    alarms = bench.checks.absences(began_ms)
    for line in ("loss 0", "jitter 0", "clock 0"):
        bench.load.order(line)
    return {"false_alarms": alarms, "false_alarms_in_s": bench.short(60)}


def reconnect(bench: Bench) -> dict[str, Any]:
    """Every connection breaks at once."""
    bench.load.rate(0)
    before = bench.load.look()
    bench.load.order("connect 0")
    bench.load.order("drop")
    while bench.load.look()["open"]:
        time.sleep(0.05)
    seconds = bench.load.connect(bench.count, 90)
    told = bench.load.look()
    return {
        "reconnect_s": round(seconds, 2), "reconnected": told["connects"] - before["connects"],
        "reconnect_refused": told["refused"] - before["refused"], "reconnect_failed": told["failures"] - before["failures"],
    }  # fmt: skip


def viewers_many(bench: Bench) -> dict[str, Any]:
    """Two hundred viewers more: what the web process takes for them."""
    bench.load.rate(bench.count / EVERY_S)
    with bench.viewers(200, marked=False) as many:
        time.sleep(8)
        many.start()
        began, spent = time.monotonic(), cpu_s([bench.world.parts[WEB].pid])
        time.sleep(bench.short(20))
        share = (cpu_s([bench.world.parts[WEB].pid]) - spent) / (time.monotonic() - began)
        told = many.tell()
    return {
        "viewers_many": told["viewers"], "viewers_many_web_cpu_of_one_core": round(share, 3), "viewers_many_drops": told["drops"],
        "viewer_kb_per_s": told["kb_per_s_each"],
    }  # fmt: skip


def _over(bench: Bench, seconds: float, rate: float) -> dict[str, Any]:
    """One load for so long: what came of its reports, what it cost, how soon screens showed it."""
    began_ms, before = bench.between()
    bench.load.rate(rate)
    parts = bench.world.pids()
    spent = {name: cpu_s(pids) for name, pids in parts.items()}
    bench.watch.start()
    began, lag = time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < seconds:
        lag = max(lag, bench.checks.lag_s() or 0.0)
        time.sleep(1)
    cpu = {name: (cpu_s(pids) - spent[name]) / passed for name, pids in parts.items()}
    memory = {name: memory_mb(pids) for name, pids in bench.world.pids().items()}
    seen, middle = bench.watch.tell(), bench.load.look()
    told = bench.load.settle()
    bench.checks.wait_until_stored()
    rows, distinct = bench.checks.stored(began_ms)
    sent = told["made"] - before["made"] - (told["lost_on_purpose"] - before["lost_on_purpose"])
    acks = [after - at for after, at in zip(told["ack_ms"], before["ack_ms"], strict=True)]
    bench.say_parts(cpu, memory)
    return {
        "reports_per_s": round((middle["made"] - before["made"]) / passed), "sent": sent, "acked": told["acked"] - before["acked"], "stored": distinct,
        "lost": sent - distinct, "duplicates": rows - distinct, "screen_p50_ms": seen["p50_ms"], "screen_p99_ms": seen["p99_ms"],
        "screen_marks": seen["marks"], "screen_seen": seen["seen"], "ack_p50_ms": percentile_ms(acks, 0.5), "ack_p99_ms": percentile_ms(acks, 0.99),
        "server_cpu_of_one_core": round(sum(cpu.values()), 3), "server_mb": round(sum(memory.values())), "lag_s_max": round(lag, 2),
        "ws_connections": middle["open"], "kb_per_connection": bench.kb_per_connection(memory, middle["open"]),
        "kb_per_s_of_a_viewer": seen["kb_per_s_each"], "viewers": seen["viewers"],
        "cpu_by_part": {name: round(share, 3) for name, share in cpu.items()}, "mb_by_part": {name: round(mb) for name, mb in memory.items()},
    }  # fmt: skip
