"""Customers, rules and a finished run whose results are known because the test wrote them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import numpy as np

from common.ids import new_id
from rules.models import CurrentRun, Customer, Rule, RulePart, RuleRun, RuleSetVersion, RunRule
from rules.results.tables import attach_tables, make_tables
from rules.results.write import write_part
from shoppers.models import Shopper

CLOCK = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def make_customers(count: int, merchant) -> list[Customer]:
    return [
        Customer.objects.create(
            kind="shopper", merchant=merchant, shopper=Shopper.objects.create(merchant=merchant, email_index=new_id("mail"))
        )
        for _ in range(count)
    ]


def make_rule(slug: str, slot: int) -> Rule:
    return Rule.objects.create(slug=slug, name=slug, slot=slot, draft={})


def make_version(number: int, rules: list[Rule]) -> RuleSetVersion:
    return RuleSetVersion.objects.create(
        number=number, sha256=hashlib.sha256(str(number).encode()).hexdigest(), rule_count=len(rules),
        slots={rule.public_id: rule.slot for rule in rules},
    )  # fmt: skip


def make_finished_run(version, customers, rules, scores, reasons=None, *, clock=CLOCK, inputs=None, parts=1) -> RuleRun:
    """scores: rows of stored codes, a column for each slot."""
    run = RuleRun.objects.create(
        version=version, state="finished", trigger="hand", clock_at=clock, today=date(2026, 11, 22), customers=len(customers)
    )
    make_tables(run.pk)
    codes = np.array(scores, np.int16)
    masks = np.array(reasons, np.uint16) if reasons is not None else np.zeros_like(codes, np.uint16)
    kept = np.zeros(len(customers), [("x", "<i4")]) if inputs is None else inputs
    for number, places in enumerate(np.array_split(np.arange(len(customers)), parts)):
        ids = np.array([customers[at].pk for at in places], np.int64)
        RulePart.objects.create(
            run=run, number=number, first_customer=ids[0], last_customer=ids[-1], state="done", customers=len(ids)
        )
        write_part(
            run_id=run.pk,
            part=number,
            first=int(ids[0]),
            slots=[rule.slot for rule in rules],
            ids=ids,
            scores=codes[places],
            reasons=masks[places],
            inputs=kept[places],
        )
    attach_tables(run.pk)
    for rule in rules:
        RunRule.objects.create(run=run, rule=rule, slot=rule.slot, qualifying=int((codes[:, rule.slot] >= 0).sum()))
    return run


def make_current(run: RuleRun) -> None:
    CurrentRun.objects.update_or_create(key="rules", defaults={"run": run})
