"""Every rule for every customer, stored and switched: 600,000 customers × 100 rules through real Celery, five times over.

Each run is timed from the call of `start_run` until another connection sees the pointer on it. Beside it: growth from 6 to 240
million, reads, and the same work by other means. What is stored is compared with the slow evaluator.

python -m bench.rules [--quick]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

from bench import rules_world
from bench.stack import machine

CUSTOMERS: Final = 600_000
RULES: Final = 100
RUNS: Final = 5
PATIENCE_S: Final = 120
POLL_S: Final = 0.002


def timed_run() -> tuple[float, Any]:
    """Seconds until the flip is visible, and the run."""
    import psycopg
    from django.db import connection

    from rules.models import RuleRun
    from rules.runs.start import start_run
    from rules.runs.tidy import tidy

    tidy()
    with psycopg.connect(rules_world.database_url(), autocommit=True) as watching:
        watching.execute("CHECKPOINT")  # each run begins with the same
        began = time.perf_counter()
        run = start_run()
        while watching.execute("SELECT run_id FROM rules_currentrun").fetchone() != (run.pk,):
            if time.perf_counter() - began > PATIENCE_S:
                sys.exit(f"the run did not end: {RuleRun.objects.get(pk=run.pk).reason or 'no word'}; see {rules_world.FOLDER}")
            time.sleep(POLL_S)
        seconds = time.perf_counter() - began
    connection.close()
    run.refresh_from_db()
    return seconds, run


def say(name: str, value: object, unit: str = "") -> None:
    print(f"{name:<58}{value!s:>14} {unit}", flush=True)


def show_run(seconds: float, run: Any) -> None:
    say(
        f"{run.pairs / 1e6:,.0f} million pairs ({run.customers:,} × {run.pairs // run.customers})", f"{seconds:.2f}",
        f"s   {run.pairs / seconds / 1e6:.1f} M/s   {run.stored_bytes / run.pairs:.2f} bytes a pair",
    )  # fmt: skip


def measure(customers: int, rules: int, runs: int, *, with_growth: bool) -> dict[str, Any]:
    from bench import rules_checks

    small = customers // 10
    rules_world.publish_rules(rules)
    say("customers made", small)
    rules_world.make_customers(small)
    with rules_world.workers():
        timed_run()  # the workers read and compile the version
        growth = [timed_run()]
        show_run(*growth[0])
        rules_world.make_customers(customers - small)
        timings = [timed_run() for _ in range(runs)]
        for one in timings:
            show_run(*one)
        seconds, run = [one[0] for one in timings], timings[-1][1]
        figures: dict[str, Any] = {
            "seconds_60m": round(statistics.median(seconds), 3), "seconds_all": [round(one, 3) for one in seconds],
            "bytes_per_pair": round(run.stored_bytes / run.pairs, 3), "pairs": run.pairs,
            "pairs_per_s": round(run.pairs / statistics.median(seconds)),
        }  # fmt: skip
        figures |= rules_checks.reads(run)
        figures |= rules_checks.correctness(run, 200_000 if with_growth else 20_000)
        figures |= rules_checks.references(run)
        growth.append((statistics.median(seconds), run))
        if with_growth:
            rules_world.publish_rules(4 * rules)
            timed_run()
            growth.append(timed_run())
            show_run(*growth[-1])
    figures["growth"] = {f"{one.pairs / 1e6:g}M": round(spent, 3) for spent, one in growth}
    figures |= rules_checks.refresh()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="A tenth of the customers, two runs, no 240 million.")
    options = parser.parse_args()
    print(f"every rule for every customer, {machine()}, {datetime.now(UTC):%Y-%m-%d}")
    print("PostgreSQL: " + ", ".join(f"{name} {value}" for name, value in rules_world.POSTGRES.items()))
    print(
        f"Celery: {rules_world.WORKERS} forked processes, Redis as broker; each figure includes handing out and the flip",
        flush=True,
    )
    rules_world.prepare()
    from common.scopes import across_merchants

    try:
        with across_merchants("a benchmark of its own platform"):
            figures = measure(
                CUSTOMERS // (10 if options.quick else 1), RULES, 2 if options.quick else RUNS, with_growth=not options.quick
            )
    finally:
        rules_world.tear_down()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
