"""Figures of the card network link and of reconciliation, for /metrics."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, cast

from django.db.models import Count, Max
from django.utils import timezone

from checkout.clearing.lateness import late_feeds
from checkout.models import ClearingCase, ClearingFile, LateAnswer, NetworkAdvice, UnknownDispute
from checkout.network.meter import BUCKETS_S, KEY, PROCESSES
from common.redis_spare import SpareRedis

GONE_S: Final = 15.0  # a process that said nothing for so long has ended
HELP: Final = {
    "fsa_network_questions_total": ("counter", "Questions to the card network that ended, by kind and outcome."),
    "fsa_network_latency_seconds": ("histogram", "How long they took, by kind."),
    "fsa_network_in_flight": ("gauge", "Questions that wait for an answer, by process."),
    "fsa_network_connections": ("gauge", "Connections signed on, by process."),
    "fsa_network_circuit_open": (
        "gauge",
        "1 while a process does not try the card network, after it was lost several times in a row.",
    ),
    "fsa_network_advices": ("gauge", "Messages to the network by state: waiting to be acknowledged, refused for good."),
    "fsa_network_late_answers_total": ("counter", "Answers that came after their caller gave up, by what became of them."),
    "fsa_clearing_cases_open": ("gauge", "Differences between clearing files and our book that nobody has resolved, by kind."),
    "fsa_clearing_age_days": (
        "gauge",
        "Days since the business day of the newest clearing file; 1 is on time. Absent without any file.",
    ),
    "fsa_card_files_late": ("gauge", "1 while the acquirer's files of a kind do not come, by kind."),
    "fsa_disputes_unknown": ("gauge", "Lines of dispute files about no charge of ours, which are tried again."),
}
Sample = tuple[str, str, float]
_redis = SpareRedis("figures of the card network are not shown", decode=True)


def exposition() -> str:
    """All figures in Prometheus' text format; those kept in Redis are left out while it is away."""
    samples = [*_of_questions(), *_of_processes(), *_of_rows()]
    lines: list[str] = []
    for metric, (kind, text) in HELP.items():
        found = [f"{name}{labels} {value:g}" for name, labels, value in samples if name.startswith(metric)]
        lines += [f"# HELP {metric} {text}", f"# TYPE {metric} {kind}", *found] if found else []
    return "\n".join(lines) + "\n" if lines else ""


def _of_questions() -> Iterator[Sample]:
    """The sums of `meter`: ended|kind|outcome, bucket|kind|index, microseconds|kind."""
    sums = _hash(KEY)
    buckets: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for name, value in sorted(sums.items()):
        what, kind, *rest = name.split("|")
        if what == "ended":
            yield "fsa_network_questions_total", f'{{kind="{kind}",outcome="{rest[0]}"}}', int(value)
        elif what == "bucket":
            buckets[kind][int(rest[0])] = int(value)
    for kind, counts in buckets.items():
        below = 0
        for index, bound in enumerate((*BUCKETS_S, None)):
            below += counts.get(index, 0)
            yield "fsa_network_latency_seconds_bucket", f'{{kind="{kind}",le="{bound if bound is not None else "+Inf"}"}}', below
        yield "fsa_network_latency_seconds_sum", f'{{kind="{kind}"}}', int(sums.get(f"microseconds|{kind}", 0)) / 1_000_000
        yield "fsa_network_latency_seconds_count", f'{{kind="{kind}"}}', below


def _hash(key: str) -> dict[str, str]:
    """What Redis keeps under the key; nothing while it is away."""
    return cast(dict[str, str], _redis.ask(lambda client: client.hgetall(key)) or {})


def _of_processes() -> Iterator[Sample]:
    for process, text in _hash(PROCESSES).items():
        told: dict[str, Any] = json.loads(text)
        if told.pop("at") < time.time() - GONE_S:
            _redis.ask(lambda client, gone=process: client.hdel(PROCESSES, gone))  # type: ignore[misc]
            continue
        for name, value in told.items():
            yield f"fsa_network_{name}", f'{{process="{process}"}}', value


def _of_rows() -> Iterator[Sample]:
    yield "fsa_network_advices", '{state="waiting"}', NetworkAdvice.objects.filter(acknowledged_at=None).count()
    yield "fsa_network_advices", '{state="refused"}', NetworkAdvice.objects.filter(is_refused=True).count()
    for outcome, count in LateAnswer.objects.values_list("outcome").annotate(Count("pk")).order_by("outcome"):
        yield "fsa_network_late_answers_total", f'{{outcome="{outcome}"}}', count
    open_cases = dict(ClearingCase.objects.filter(is_open=True).values_list("kind").annotate(Count("pk")).order_by())
    for kind in ClearingCase.Kind.values:
        yield "fsa_clearing_cases_open", f'{{kind="{kind}"}}', open_cases.get(kind, 0)
    newest = ClearingFile.objects.aggregate(newest=Max("business_on"))["newest"]
    if newest is not None:
        yield "fsa_clearing_age_days", "", (timezone.now().date() - newest).days
    late = {feed.kind for feed in late_feeds()}
    for kind in ("clearing", "dispute"):
        yield "fsa_card_files_late", f'{{kind="{kind}"}}', int(kind in late)
    yield "fsa_disputes_unknown", "", UnknownDispute.objects.filter(known_at=None).count()
