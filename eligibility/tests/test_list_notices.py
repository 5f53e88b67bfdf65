"""Merchants are told of changes of lists before they matter: once, all of them, also after a death in the middle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from freezegun import freeze_time

from eligibility.catalogue import redecide
from eligibility.catalogue.products import Wanted, save_product, save_products
from eligibility.decision import Item
from eligibility.lists.by_hand import enter_list
from eligibility.lists.days import day_begins
from eligibility.lists.notices import reconcile, settle
from eligibility.lists.notices.work import tell_now
from eligibility.models import ListNotice, ListVersion, Product, ToldChange
from eligibility.services.reviews import record_review
from eligibility.tests.list_samples import GTINS, MOUSE, on_list, redecided
from merchants.models import Event

pytestmark = pytest.mark.django_db
GTIN, OTHER, THIRD = GTINS[:3]
SOON = timedelta(days=20)


@pytest.fixture
def shelf(acme, globex):
    """Two merchants sell what is on the list; acme sells a second product that is on none. All is judged and nothing is told."""
    stock(acme, globex)


def stock(acme, globex):
    on_list(GTIN)
    save_product(merchant=acme, sku="A", title=MOUSE, gtin=GTIN)
    save_product(merchant=acme, sku="B", title=MOUSE, gtin=OTHER)
    save_product(merchant=globex, sku="C", title=MOUSE, gtin=GTIN)
    redecided()
    tell_now()
    assert not ListNotice.objects.exists()


def told(merchant=None):
    rows = ToldChange.objects.order_by("pk").select_related("product")
    rows = rows.filter(merchant=merchant) if merchant else rows
    return [(row.product.sku, row.state, row.old_status, row.new_status, row.is_announced) for row in rows]


def events(merchant=None):
    rows = Event.objects.filter(type="product.eligibility_changed").order_by("pk")
    rows = rows.filter(merchant=merchant) if merchant else rows
    return [(event.data["sku"], event.data["state"], event.data["effective_at"][:10]) for event in rows]


def test_who_sells_what_leaves_a_list_is_told_before_and_nobody_else(shelf, acme, globex):
    leaves = timezone.now() + SOON
    on_list(at=leaves)

    tell_now()

    assert told() == [("A", "upcoming", "eligible", "not_eligible", False), ("C", "upcoming", "eligible", "not_eligible", False)]
    day = f"{leaves.astimezone(UTC):%Y-%m-%d}"
    assert events(acme) == [("A", "upcoming", day)]
    assert events(globex) == [("C", "upcoming", day)]
    event = Event.objects.get(merchant=acme, type="product.eligibility_changed")
    assert (event.data["list"], event.data["cause"], event.data["evidence"], event.data["changed_at"]) == (
        "the list", "list", "model", None,
    )  # fmt: skip
    assert event.data["notice"] == ListNotice.objects.get(merchant=acme).public_id


def test_what_comes_onto_a_list_is_told_too(shelf, acme):
    on_list(GTIN, OTHER, at=timezone.now() + SOON)

    tell_now()

    assert told() == [("B", "upcoming", "not_eligible", "eligible", False)]


def test_telling_again_and_again_tells_once(shelf):
    on_list(at=timezone.now() + SOON)
    tell_now()
    before = told(), events()

    tell_now()
    ListVersion.objects.update(told_at=None, told_after="")
    tell_now()

    assert (told(), events()) == before


def test_a_worker_that_dies_between_steps_leaves_nobody_out_and_nobody_is_told_twice(shelf, acme, monkeypatch):
    gtins = GTINS[:8]
    save_products(
        merchant=acme, wanted=[Wanted(f"S{n}", {"title": MOUSE, "gtin": code}) for n, code in enumerate(gtins)], cause="saved"
    )
    monkeypatch.setattr(reconcile, "STEP", 2)
    on_list(GTIN, *gtins, at=timezone.now() + SOON)
    real, runs = reconcile._run, []

    def dies(*args, **kwargs):
        count = real(*args, **kwargs)
        runs.append(count)
        if len(runs) == 2:
            raise SystemExit  # as a killed process: the second step is not kept
        return count

    monkeypatch.setattr(reconcile, "_run", dies)
    with pytest.raises(SystemExit):
        tell_now()
    assert ListVersion.objects.filter(told_at=None).count() == 1
    found = ListNotice.objects.count()
    tell_now()

    assert 0 < found < 7
    assert sorted(sku for sku, *_ in told(acme)) == ["B", *(f"S{n}" for n in range(1, 8))]
    assert not ListVersion.objects.filter(told_at=None).exists()


def test_a_worker_that_dies_as_it_tells_has_told_nothing_and_the_next_tells_once(shelf, acme, monkeypatch):
    on_list(at=timezone.now() + SOON)
    real = settle.tell

    def dies(*args):
        real(*args)
        raise SystemExit

    monkeypatch.setattr(settle, "tell", dies)
    with pytest.raises(SystemExit):
        tell_now()
    assert (told(), events()) == ([], [])

    monkeypatch.setattr(settle, "tell", real)
    tell_now()

    assert [sku for sku, *_ in told()] == ["A", "C"]


def test_what_is_undone_before_its_date_is_withdrawn_and_does_not_happen(shelf, acme):
    leaves = timezone.now() + SOON
    on_list(at=leaves)
    tell_now()

    on_list(GTIN)
    tell_now()
    with freeze_time(leaves + timedelta(minutes=1)):
        redecided()
        tell_now()

    assert told(acme) == [
        ("A", "upcoming", "eligible", "not_eligible", False),
        ("A", "withdrawn", "eligible", "not_eligible", False),
    ]
    assert [state for _, state, _ in events(acme)] == ["upcoming", "withdrawn"]
    assert Product.objects.get(sku="A").current_decision.status == "eligible"
    first, second = ToldChange.objects.filter(merchant=acme).order_by("pk")
    assert first.notice == second.notice


def test_what_was_withdrawn_and_is_said_again_is_told_again(shelf, acme):
    leaves = timezone.now() + SOON
    on_list(at=leaves)
    tell_now()
    on_list(GTIN)
    tell_now()

    on_list(at=leaves)
    tell_now()

    assert [state for _, state, *_ in told(acme)] == ["upcoming", "withdrawn", "upcoming"]


def test_a_moved_date_withdraws_the_old_one_first(shelf, acme):
    leaves = timezone.now() + SOON
    on_list(at=leaves)
    tell_now()

    on_list(GTIN)
    on_list(at=leaves + timedelta(days=30))
    tell_now()

    assert [(state, moment) for _, state, moment in events(acme)] == [
        ("upcoming", f"{leaves:%Y-%m-%d}"), ("withdrawn", f"{leaves:%Y-%m-%d}"), ("upcoming", f"{leaves + timedelta(days=30):%Y-%m-%d}"),
    ]  # fmt: skip
    assert ListNotice.objects.get(merchant=acme, state="upcoming").effective_at == leaves + timedelta(days=30)


def test_what_happens_as_it_was_announced_is_in_the_feed_and_no_event_repeats_it(shelf, acme):
    leaves = timezone.now() + SOON
    on_list(at=leaves)
    tell_now()

    with freeze_time(leaves + timedelta(seconds=1)):
        run = redecided()
        tell_now()

    assert (run.rows_total, run.rows_changed) == (2, 2)
    assert told(acme)[1:] == [("A", "changed", "eligible", "not_eligible", True)]
    assert len(events(acme)) == 1
    assert set(ListNotice.objects.values_list("state", flat=True)) == {"done"}


def test_what_nobody_announced_is_told_when_it_happens(shelf, acme):
    on_list()
    redecided()
    tell_now()

    assert told(acme) == [("A", "changed", "eligible", "not_eligible", False)]
    assert [state for _, state, _ in events(acme)] == ["changed"]


def test_a_review_protects_so_nothing_is_told(shelf, acme):
    for reviewer in (None, None):
        record_review(merchant=acme, item=Item(title=MOUSE, gtin=GTIN), category_code="pain-relievers-oral", reviewer=reviewer)
    on_list(at=timezone.now() + SOON)

    tell_now()

    assert [sku for sku, *_ in told()] == ["C"]
    assert ListNotice.objects.get(merchant=acme).state == "quiet"


def test_a_review_that_comes_after_the_announcement_withdraws_it(shelf, acme):
    from eligibility.reviews.products import follow_reviews

    on_list(at=timezone.now() + SOON)
    tell_now()

    record_review(merchant=acme, item=Item(title=MOUSE, gtin=GTIN), category_code="pain-relievers-oral", reviewer=None)
    follow_reviews()
    tell_now()

    assert [state for _, state, *_ in told(acme)] == ["upcoming", "withdrawn"]


def test_another_list_protects_until_it_says_otherwise_too(shelf, acme):
    leaves = timezone.now() + SOON
    enter_list(list_id="second", name="the second list", version="1", rows=[(GTIN, "x", "pain-relievers-oral")])
    on_list(at=leaves)
    tell_now()
    assert told() == []

    enter_list(list_id="second", name="the second list", version="2", rows=[], effective_at=leaves - timedelta(days=1))
    tell_now()

    assert [(state, moment) for _, state, moment in events(acme)] == [("upcoming", f"{leaves:%Y-%m-%d}")]


def test_a_product_that_is_saved_later_gets_its_notice(shelf, acme):
    leaves = timezone.now() + SOON
    on_list(at=leaves)
    tell_now()

    save_product(merchant=acme, sku="LATE", title=MOUSE, gtin=GTIN)
    tell_now()

    assert told(acme)[-1] == ("LATE", "upcoming", "eligible", "not_eligible", False)


def test_a_product_that_gets_another_code_is_no_longer_concerned(shelf, acme):
    on_list(at=timezone.now() + SOON)
    tell_now()

    save_product(merchant=acme, sku="A", gtin=THIRD)
    tell_now()

    assert [state for _, state, *_ in told(acme)] == ["upcoming", "changed", "withdrawn"]


def test_a_code_without_its_check_digit_is_found_by_what_it_means(acme):
    on_list(GTIN, description=MOUSE)
    save_product(merchant=acme, sku="A", title=MOUSE, gtin=GTIN.lstrip("0")[:-1])
    assert Product.objects.get().current_decision.status == "eligible"

    on_list(at=timezone.now() + SOON)
    tell_now()

    assert told() == [("A", "upcoming", "eligible", "not_eligible", False)]


@pytest.mark.parametrize(
    ("day", "begins"),
    [("2026-12-01", "2026-12-01T05:00:00"), ("2027-03-15", "2027-03-15T04:00:00"), ("2026-11-02", "2026-11-02T05:00:00")],
    ids=["a new month", "after clocks went forward", "after clocks went back"],
)
def test_a_change_holds_from_midnight_of_the_publishers_day(acme, globex, day, begins):
    at = day_begins(datetime.fromisoformat(day).date(), "America/New_York")
    with freeze_time("2026-10-20T12:00:00Z"):
        stock(acme, globex)
    with freeze_time("2026-10-20T12:10:00Z"):
        on_list(at=at)
        redecided()
        tell_now()

    with freeze_time(at - timedelta(seconds=1)):
        assert redecide.needed_redecision() == ""
    with freeze_time(at):
        redecided()
        tell_now()

    assert Event.objects.get(merchant=acme, type="product.eligibility_changed").data["effective_at"] == f"{begins}.000Z"
    assert told(acme)[-1] == ("A", "changed", "eligible", "not_eligible", True)
