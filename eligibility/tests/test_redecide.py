"""Judging every product again: what changes, what is spared, what a killed worker leaves, who may run beside."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from freezegun import freeze_time

from common import load
from common.scopes import across_merchants
from eligibility.catalogue import judging, leases, patience, redecide, tasks
from eligibility.catalogue.products import Wanted, save_products
from eligibility.classifier import ModelMissing
from eligibility.lists.by_hand import enter_list
from eligibility.models import CurrentDecision, Product, ProductDecision, RedecisionRun
from eligibility.services import decide as deciding
from merchants.models import Event
from vault.models import AuditEntry

pytestmark = pytest.mark.django_db
GTIN = "00300450449108"
MOUSE = "Logitech M185 Wireless Mouse"


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(redecide, "CHUNK", 3)
    monkeypatch.setattr(tasks.redecide_products, "delay", lambda run_id: None)


@pytest.fixture
def shelf(acme, globex):
    """Seven products of acme's, of which S0 has a GTIN, and two of globex's."""
    for merchant, count in ((acme, 7), (globex, 2)):
        wanted = [Wanted(f"S{n}", {"title": MOUSE, "gtin": GTIN if n == 0 else ""}) for n in range(count)]
        save_products(merchant=merchant, wanted=wanted, cause="saved")
    finish(redecide.start_redecision(cause="asked")[0])
    return Product.objects.order_by("pk")


def publish(version="1"):
    enter_list(list_id="l", name="s", version=version, rows=[(GTIN, "x", "pain-relievers-oral")])


def finish(run):
    while redecide.carry_on(run.pk, until=time.monotonic() + 60):
        pass
    run.refresh_from_db()
    return run


def count_judged(monkeypatch):
    judged = []
    real = judging.decide
    monkeypatch.setattr(judging, "decide", lambda items, merchant: judged.extend(items) or real(items, merchant))
    return judged


def test_after_a_new_list_only_products_that_it_moves_are_visited_and_the_change_is_told(shelf, acme, globex, monkeypatch):
    publish()
    judged = count_judged(monkeypatch)

    run = finish(redecide.start_redecision(cause=redecide.needed_redecision())[0])

    assert (run.state, run.cause, run.rows_done, run.rows_changed, run.rows_skipped) == ("done", "list", 2, 2, 0)
    assert [item.gtin for item in judged] == [GTIN, GTIN]
    [newest, first] = Product.objects.get(merchant=acme, sku="S0").decisions.order_by("-pk")
    assert (newest.status, newest.previous_status, newest.cause, newest.run) == ("eligible", "not_eligible", "list", run)
    assert first.status == "not_eligible"
    assert [e.merchant for e in Event.objects.filter(type="product.eligibility_changed").order_by("merchant_id")] == [
        acme,
        globex,
    ]
    assert redecide.needed_redecision() == ""


def test_a_run_that_finds_nothing_new_judges_nothing(shelf, monkeypatch):
    publish()
    finish(redecide.start_redecision(cause="list")[0])
    judged = count_judged(monkeypatch)

    run = finish(redecide.start_redecision(cause="list")[0])

    assert (judged, run.rows_total, run.rows_done, run.rows_changed) == ([], 0, 0, 0)


def test_a_new_model_has_everything_judged_and_leaves_what_comes_out_the_same(shelf, monkeypatch):
    before = ProductDecision.objects.count()
    monkeypatch.setattr("eligibility.catalogue.basis.model_version", lambda: "another")
    judged = count_judged(monkeypatch)

    assert redecide.needed_redecision() == "model"
    run = finish(redecide.start_redecision(cause="model")[0])

    assert (len(judged), run.rows_changed) == (9, 0)
    assert ProductDecision.objects.count() == before
    assert {row.basis_model.split()[0] for row in CurrentDecision.objects.all()} == {"another"}


def test_what_was_never_judged_is_judged(acme):
    Product.objects.create(merchant=acme, sku="OLD", title=MOUSE)

    run = finish(redecide.start_redecision(cause=redecide.needed_redecision())[0])

    assert (run.rows_done, ProductDecision.objects.get().status, ProductDecision.objects.get().previous_status) == (
        1,
        "not_eligible",
        "",
    )


def test_a_killed_worker_is_followed_by_another_that_does_nothing_twice(shelf, monkeypatch):
    monkeypatch.setattr(redecide, "CHUNK", 1)
    publish()
    run, _ = redecide.start_redecision(cause="list")
    real, stored = judging.store_decisions, []

    def dies(**kwargs):
        if stored:
            raise SystemExit  # as a killed process: nothing after this runs
        stored.append(1)
        return real(**kwargs)

    monkeypatch.setattr(judging, "store_decisions", dies)
    with pytest.raises(SystemExit):
        redecide.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.rows_done, run.state) == (1, "running")  # acme's is kept, globex's is not

    monkeypatch.setattr(judging, "store_decisions", real)
    assert not redecide.carry_on(run.pk)  # its lease still runs
    run.refresh_from_db()
    assert run.rows_done == 1
    with freeze_time(timezone.now() + leases.LEASE + timedelta(seconds=1)):
        assert redecide.resumable_runs(timezone.now()) == [run.pk]
        finish(run)

    assert (run.state, run.rows_done, run.rows_changed) == ("done", 2, 2)
    assert ProductDecision.objects.filter(run=run).count() == 2


def test_a_decision_that_was_made_by_the_lists_before_and_kept_after_the_run_is_found_later(shelf, acme):
    """Somebody saves a product while a version is switched on: judged before it, committed after everybody else was visited."""
    with freeze_time(timezone.now() + timedelta(hours=1)) as clock:
        publish()
        clock.tick(120)
        finish(redecide.start_redecision(cause="list")[0])
        late = CurrentDecision.objects.get(product__sku="S0", merchant=acme)
        CurrentDecision.objects.filter(pk=late.pk).update(lists_at=timezone.now() - timedelta(minutes=5), basis_lists="before")
        clock.tick(60)

        assert redecide.needed_redecision() == "list"
        run = finish(redecide.start_redecision(cause="list")[0])

        assert (run.rows_done, redecide.needed_redecision()) == (1, "")


def test_a_list_that_changes_by_time_alone_has_its_products_judged_when_the_time_has_come(shelf):
    with freeze_time(timezone.now() + timedelta(hours=1)) as clock:
        enter_list(
            list_id="l",
            name="s",
            version="1",
            rows=[(GTIN, "x", "pain-relievers-oral")],
            effective_at=timezone.now() + timedelta(days=3),
        )
        clock.tick(timedelta(days=2))
        assert redecide.needed_redecision() == ""
        clock.tick(timedelta(days=1))

        run = finish(redecide.start_redecision(cause=redecide.needed_redecision())[0])

        assert (run.cause, run.rows_done, run.rows_changed) == ("list", 2, 2)
        assert redecide.needed_redecision() == ""


def test_a_second_worker_finds_the_run_taken(shelf):
    run, _ = redecide.start_redecision(cause="asked")
    assert leases.take(RedecisionRun.objects, run.pk)

    assert not redecide.carry_on(run.pk)
    run.refresh_from_db()
    assert run.rows_done == 0


def test_only_one_run_is_open_at_a_time(shelf, acme):
    first, is_new = redecide.start_redecision(cause="asked")
    again, is_new_too = redecide.start_redecision(cause="asked", merchant=acme)

    assert (is_new, is_new_too, again) == (True, False, first)


def test_a_cancelled_run_stops_where_it_stands(shelf, monkeypatch):
    run, _ = redecide.start_redecision(cause="asked")
    real = judging.decide

    def cancelled_meanwhile(items, merchant):
        redecide.cancel_redecision(run)
        return real(items, merchant)

    monkeypatch.setattr(judging, "decide", cancelled_meanwhile)
    redecide.carry_on(run.pk)

    run.refresh_from_db()
    assert (run.state, run.rows_done) == ("cancelled", 0)
    assert not redecide.cancel_redecision(run)
    assert not redecide.carry_on(run.pk)


def test_a_product_that_is_saved_while_it_is_judged_keeps_the_decision_of_its_saving(shelf, acme, monkeypatch):
    real = judging.decide

    def saved_meanwhile(items, merchant):
        decisions = real(items, merchant)
        monkeypatch.setattr(judging, "decide", real)
        publish("9")
        save_products(merchant=acme, wanted=[Wanted("S0", {"title": "Ibuprofen"})], cause="saved")
        return decisions

    monkeypatch.setattr(judging, "decide", saved_meanwhile)
    finish(redecide.start_redecision(cause="asked", merchant=acme)[0])

    current = CurrentDecision.objects.get(product__sku="S0", merchant=acme)
    assert (current.status, current.decision.cause) == ("eligible", "saved")


def test_without_a_model_it_waits_and_in_the_end_has_failed(shelf, monkeypatch):
    run, _ = redecide.start_redecision(cause="asked")

    def missing(*args, **kwargs):
        raise ModelMissing("no model")

    monkeypatch.setattr(deciding, "classify", missing)
    for _ in range(redecide.MAX_ATTEMPTS - 1):
        assert not redecide.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == "running"
    assert run.error

    redecide.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.state, run.rows_done) == ("failed", 0)


def test_the_tick_starts_what_is_needed_once_and_takes_up_what_nobody_does(shelf, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.redecide_products, "delay", asked.append)
    assert tasks.watch_basis() == 0

    publish()
    tasks.watch_basis()
    tasks.watch_basis()

    run = RedecisionRun.objects.get(cause="list")
    assert asked == [run.pk, run.pk]
    tasks.redecide_products(run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    assert {e.action for e in AuditEntry.objects.filter(subject="eligibility.RedecisionRun", subject_id=run.public_id)} == {
        "redecision_run.opened", "redecision_run.finished",
    }  # fmt: skip


def test_it_stands_back_while_sales_are_slowing(shelf, monkeypatch):
    slow = iter([True, True, False])
    monkeypatch.setattr(load, "sales_are_slowing", lambda: next(slow, False))
    monkeypatch.setattr(patience, "STEP_S", 0.01)

    run = finish(redecide.start_redecision(cause="asked")[0])

    assert run.state == "done"
    assert run.waited_s >= 0.02


def test_the_command_works_to_the_end_and_says_how_far_it_is(shelf, acme, capsys, monkeypatch):
    monkeypatch.setattr("eligibility.management.commands.redecide_products.use_lowest_priority", lambda: None)

    call_command("redecide_products", "--wait", "--merchant", acme.public_id)

    said = capsys.readouterr().out
    assert "is done: 7 products, 0 changed" in said


def test_the_command_knows_no_other_merchant(acme):
    with pytest.raises(CommandError, match="There is no merchant"):
        call_command("redecide_products", "--merchant", "mer_nothing")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_each_product_once(acme):
    save_products(merchant=acme, wanted=[Wanted(f"S{n}", {"title": MOUSE, "gtin": GTIN}) for n in range(9)], cause="saved")
    publish()
    run, _ = redecide.start_redecision(cause="list")
    barrier = threading.Barrier(2)

    def work():
        try:
            with across_merchants("a test"):
                barrier.wait()
                redecide.carry_on(run.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    run.refresh_from_db()
    assert (run.state, run.rows_done, run.rows_changed) == ("done", 9, 9)
    assert ProductDecision.objects.filter(run=run).count() == 9
