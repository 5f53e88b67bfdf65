"""One process that follows the pointer: what it judges by, and what it does when it cannot."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from notices.models import Notice
from rules.engine import live
from rules.engine.errors import RulesNotPublished
from rules.engine.live import live_plan, live_rules
from rules.models import RuleSetServing
from rules.publishing import files, rule_file, watch
from rules.publishing.errors import RuleFileUnusable
from rules.publishing.loading import load
from rules.publishing.versions import publish, roll_back
from rules.tests.snoops import DAY, approved, edit, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(wanda, lena):
    rule = make_rule(by=wanda)
    approved(rule, wanda, lena)
    return rule


@pytest.fixture
def first(rule, lena):
    return publish(by=lena).version


@pytest.fixture
def second(first, rule, wanda, lena):
    """Published after this process took up the first."""
    assert live_rules().number == 1
    approved(edit(rule, priority=1), wanda, lena)
    return publish(by=lena).version


def path_of(version, settings):
    return Path(settings.RULES_STORE) / files.name_of(version.sha256)


def test_a_process_says_what_it_serves(first):
    live_rules()

    row = RuleSetServing.objects.get()
    assert (row.version, row.pointer_number, row.fault) == (first, 1, "")


def test_looking_again_where_nothing_changed_is_one_query(first, django_assert_num_queries):
    live_rules()

    with django_assert_num_queries(1):
        live_rules()


def test_a_new_version_is_taken_up_and_an_old_one_after_a_roll_back(first, second, lena):
    assert live_rules().number == 2
    roll_back(version=first, by=lena, reason="Too many complaints")

    assert live_rules().number == 1


def test_a_plan_is_compiled_once_a_day(first, monkeypatch):
    compiled = []
    compile_plan = live.compile_plan
    monkeypatch.setattr(live, "compile_plan", lambda rules, today: (compiled.append(today), compile_plan(rules, today))[1])

    with ThreadPoolExecutor(4) as pool:
        rules = live.live()
        plans = {id(plan) for plan in pool.map(lambda _: rules.plan(DAY), range(8))}

    assert len(plans) == 1
    assert compiled == [DAY]


@pytest.mark.parametrize("harm", ["altered", "gone", "cut"])
def test_a_version_that_cannot_be_read_leaves_the_old_one_in_force_and_tells_the_curators(second, settings, wanda, lena, harm):
    path = path_of(second, settings)
    content = path.read_bytes()
    match harm:
        case "altered":
            path.write_bytes(content.replace(b'"priority":1', b'"priority":2'))
        case "gone":
            path.unlink()
        case "cut":
            path.write_bytes(content[:-1])

    assert live_rules().number == 1
    assert live_rules().number == 1

    row = RuleSetServing.objects.get()
    assert row.version.number == 1
    assert row.fault.startswith("Version 2: Rule file")
    told = Notice.objects.filter(topic="rules.broken")
    assert {notice.user for notice in told} == {wanda, lena}
    assert {(notice.subject, notice.count) for notice in told} == {("version 2", 1)}


def test_a_version_that_judges_golden_customers_otherwise_leaves_the_old_one_in_force(second, monkeypatch):
    """As in a process of a release whose evaluator differs from that of the publisher."""
    monkeypatch.setattr("rules.publishing.golden.compile_plan", lambda rules, today: _Wrong(rules, today))

    assert live_rules().number == 1
    assert "golden" in RuleSetServing.objects.get().fault


class _Wrong:
    def __init__(self, rules, today):
        self._plan = live.compile_plan(rules, today)
        self.pack_many = self._plan.pack_many

    def evaluate(self, inputs):
        outcome = self._plan.evaluate(inputs)
        outcome.scores[:] -= 1
        return outcome


def test_a_version_whose_file_comes_back_is_taken_up(second, settings, monkeypatch):
    monkeypatch.setattr(watch, "RETRY_BROKEN_S", -1)
    path = path_of(second, settings)
    content = path.read_bytes()
    path.unlink()
    assert live_rules().number == 1

    path.write_bytes(content)

    assert live_rules().number == 2
    assert RuleSetServing.objects.get().fault == ""


def test_a_process_that_starts_with_a_broken_version_serves_the_newest_that_is_whole(second, settings, monkeypatch):
    path_of(second, settings).unlink()
    live.forget()
    live.switch_to(None)
    monkeypatch.setattr(watch, "_watcher", watch.Watcher())

    assert live_rules().number == 1
    assert RuleSetServing.objects.get().fault.startswith("Version 2")


def test_a_process_without_any_version_says_so(rule):
    with pytest.raises(RulesNotPublished):
        live_rules()


def test_a_file_of_another_format_or_of_other_fields_is_not_read(first, settings, monkeypatch):
    content = path_of(first, settings).read_bytes()

    with pytest.raises(RuleFileUnusable, match="format 2"):
        rule_file.read_rule_file(content.replace(b'"format":1', b'"format":2'), number=1)
    monkeypatch.setattr(rule_file, "digest_of_fields", lambda definitions: "another")
    with pytest.raises(RuleFileUnusable, match="other fields"):
        load(first)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"format":1}', b'{"format":1,"rules":[{}],"slots":{},"golden":[]}', b"\xff"]
)
def test_what_is_no_rule_file_is_refused(content):
    with pytest.raises(RuleFileUnusable):
        rule_file.read_rule_file(content, number=1)


def test_a_file_in_which_two_rules_have_one_slot_is_refused(first, settings):
    content = path_of(first, settings).read_bytes()
    twice = content.replace(b'"slots":{', b'"slots":{"rule_other":0,')

    with pytest.raises(RuleFileUnusable, match="one slot"):
        rule_file.read_rule_file(twice, number=1)


@pytest.mark.django_db(transaction=True)
def test_a_forked_process_keeps_the_rules_and_follows_by_itself(first):
    live_plan(DAY)
    connection.close()
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            kept = live.loaded() is not None and live.live().plan(DAY) is not None
            os.write(said, b"1" if kept and not live._is_following and watch.watcher().fault == "" else b"0")
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert os.read(heard, 1) == b"1"


def test_under_traffic_each_answer_is_that_of_the_version_it_names(first, rule, wanda, lena):
    """Threads judge while versions change to and fro: a plan and the rules beside it are always of one piece."""
    versions = {1: load(first)}
    approved(edit(rule, score={"base": 900}), wanda, lena)
    versions[2] = load(publish(by=lena).version)
    customer = {"customer_kind": "person", "health_fsa_balance_cents": 10_000}
    right = {number: -1 - rules.rule_set.rules[0].definition.score.base for number, rules in versions.items()}
    stop, wrong, seen = threading.Event(), [], set()

    def call():
        while not stop.is_set():
            rules = live.loaded()
            if rules is None:
                continue
            plan = rules.plan(DAY)
            score = int(plan.evaluate(plan.pack(customer)).scores[0, 0])
            seen.add(rules.rule_set.number)
            if score != right[rules.rule_set.number]:
                wrong.append(score)

    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(call) for _ in range(3)]
        for turn in range(300):
            live.switch_to(versions[turn % 2 + 1])
        while len(seen) < 2:
            live.switch_to(versions[2 if 1 in seen else 1])
        stop.set()
        for one in calls:
            one.result()

    assert wrong == []
    assert seen == {1, 2}
