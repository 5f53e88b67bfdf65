"""Live traffic by its two doors, counted and judged in shadow."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import pytest
import redis

from eligibility.classifier import TitleItem, classify
from eligibility.decision import Item
from eligibility.models import DriftDay, DriftSample, ShadowDifference, ShadowTally, StreamPlace
from eligibility.models.traffic import SCORE_BINS
from eligibility.registry import drift, follow, shadow, stream, watch
from eligibility.registry.offices import start_shadow
from eligibility.registry.stream import entries_after, note_judged
from eligibility.services.decide import decide
from eligibility.services.reviews import record_review
from eligibility.tasks import count_judged, judge_in_shadow, tidy_models
from eligibility.tests.registry.test_promote import WHO

TITLES = [
    "Ibuprofen Tablets 200 mg, 250 ct", "Potato Chips Sea Salt 8 oz", "Vitamin D3 5000 IU Softgels 360 ct",
    "Adhesive Bandages Assorted 100 ct", "qqzx 11 vv", "Hinged Knee Brace Large",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    stream._redis.forgive()
    monkeypatch.setattr(stream, "_lost", 0)


def check(api, *titles, gtin=""):
    answer = api.post("/v1/eligibility/check", {"items": [{"title": title, "gtin": gtin} for title in titles]})
    assert answer.status_code == 200
    return answer.json()["data"]


def all_days():
    return list(DriftDay.objects.all())


def test_the_figures_reconcile_with_every_answer_that_was_given(registry, acme, acme_api, globex_api, listed_gtin):
    record_review(merchant=acme, item=Item(title=TITLES[1]), category_code="pain-relievers-oral", reviewer=None)
    answers = [*check(acme_api, *TITLES), *check(acme_api, *TITLES[:2]), *check(acme_api, "Ibuprofen", gtin=listed_gtin)]
    check(globex_api, *TITLES[2:4])

    count_judged()

    (row,) = DriftDay.objects.filter(merchant=acme)
    assert row.judged == len(answers) == 9
    assert row.statuses == dict(Counter(answer["status"] for answer in answers))
    assert row.evidences == dict(Counter(answer["evidence"] for answer in answers))
    assert row.evidences["human"] == 2
    assert (row.human_seen, row.human_unknown, row.human_disagreed) == (2, 0, 2)  # people call the chips a pain reliever
    assert (row.list_seen, row.list_disagreed) == (1, 0)
    said = classify([TitleItem(title=title) for title in [*TITLES, *TITLES[:2], "Ibuprofen"]])
    bins = Counter(drift.score_bin(prediction.confidence) for prediction in said)
    assert row.scores == [bins[n] for n in range(SCORE_BINS)]
    assert DriftDay.objects.get(merchant__name="Globex").judged == 2


def test_counting_twice_counts_once(registry, acme_api):
    check(acme_api, *TITLES)
    count_judged()
    before = [(row.judged, row.scores) for row in all_days()]

    assert count_judged() == 0

    assert [(row.judged, row.scores) for row in all_days()] == before


def test_what_died_before_its_commit_is_counted_by_the_next_run(registry, acme_api, monkeypatch):
    check(acme_api, *TITLES)
    keep = drift._keep_samples
    monkeypatch.setattr(drift, "_keep_samples", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        count_judged()
    assert all_days() == []

    monkeypatch.setattr(drift, "_keep_samples", keep)
    count_judged()

    assert [row.judged for row in all_days()] == [len(TITLES)]


def test_a_sale_is_live_traffic_and_support_trying_a_title_is_not(registry, acme, acme_api, settings):
    body = {
        "line_items": [{"title": TITLES[0], "quantity": 1, "unit_price_cents": 900}],
        "success_url": "https://shop.example/ok", "cancel_url": "https://shop.example/no",
    }  # fmt: skip
    assert acme_api.post("/v1/checkout/sessions", body).status_code == 201
    decide([Item(title=TITLES[1])], acme)

    count_judged()

    assert [row.judged for row in all_days()] == [1]


def test_without_redis_a_check_answers_and_what_was_lost_is_counted_later(registry, acme_api, settings, monkeypatch):
    url = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    check(acme_api, TITLES[0])
    check(acme_api, TITLES[1])
    assert stream._lost == 2

    settings.REDIS_URL = url
    stream._redis.forgive()
    check(acme_api, TITLES[2])
    count_judged()

    assert stream.dropped() == 2
    assert [row.judged for row in all_days()] == [1]


def test_a_full_stream_drops_and_counts_rather_than_growing(registry, acme_api, settings):
    settings.JUDGED_MAX_WAITING = 2

    for _ in range(5):
        check(acme_api, TITLES[0])
    count_judged()

    assert stream.dropped() == 3
    assert [row.judged for row in all_days()] == [2]


def test_a_large_call_is_told_in_parts(registry, acme):
    decision = decide([Item(title=TITLES[0])], acme)[0]

    note_judged(merchant_id=acme.pk, judged=[(Item(title=TITLES[0]), decision)] * 120)

    assert [len(entry.items) for entry in entries_after("0-0", 10)] == [50, 50, 20]


def test_what_both_readers_have_read_leaves_redis(registry, acme_api, settings):
    check(acme_api, *TITLES)
    check(acme_api, *TITLES)

    count_judged()
    judge_in_shadow()

    assert redis.from_url(settings.REDIS_URL).xlen(stream.STREAM) == 1  # the last one marks the place


def test_an_emptied_redis_is_read_from_its_start(registry, acme_api, settings):
    check(acme_api, TITLES[0])
    count_judged()
    StreamPlace.objects.update(last_id="9999999999999-0")  # as after a clock that went back
    redis.from_url(settings.REDIS_URL).delete(stream.STREAM)
    check(acme_api, TITLES[1])

    count_judged()

    assert [row.judged for row in all_days()] == [2]


def test_an_entry_of_another_release_is_passed_over(registry, acme_api, settings):
    redis.from_url(settings.REDIS_URL).xadd(stream.STREAM, {"d": json.dumps({"m": 1, "at": "2026-11-22", "items": [{"new": 1}]})})
    check(acme_api, TITLES[0])

    count_judged()

    assert [row.judged for row in all_days()] == [1]


def test_the_sample_is_bounded_and_the_same_whatever_the_order(registry, acme, monkeypatch):
    monkeypatch.setattr(drift, "SAMPLE_SIZE", 4)
    monday = date(2026, 11, 16)
    judged = [stream.Judged(f"Title {n}", "", "", "", "", "unknown", "scales", 0.4, "none", "m-x") for n in range(20)]
    lots = {drift._draw(monday, one): (one, None) for one in judged}

    drift._keep_samples(acme.pk, monday, lots)
    first = set(DriftSample.objects.values_list("title", flat=True))
    drift._keep_samples(acme.pk, monday, dict(reversed(list(lots.items())[5:])))

    assert len(first) == 4
    assert set(DriftSample.objects.values_list("title", flat=True)) == first


def test_old_titles_go_and_figures_stay(registry, acme, acme_api):
    check(acme_api, *TITLES)
    count_judged()
    DriftSample.objects.update(week=date(2020, 1, 6))

    tidy_models()

    assert DriftSample.objects.count() == 0
    assert [row.judged for row in all_days()] == [len(TITLES)]


@pytest.fixture
def in_shadow(registry, silent):
    """A model that calls everything unknown, beside the live one; this process follows."""
    start_shadow(version=silent.version, **WHO)
    watch.watcher().look()
    return silent


def test_the_shadow_lists_what_it_would_change_and_changes_nothing(in_shadow, shipped, acme, acme_api, globex_api):
    first = check(acme_api, *TITLES)
    again = check(acme_api, *TITLES)
    check(globex_api, TITLES[0])

    judge_in_shadow()

    by_model = [answer for answer in first if answer["evidence"] in {"model", "none"}]
    assert [a["status"] for a in first] == [a["status"] for a in again]
    mine = ShadowDifference.objects.filter(merchant=acme, is_status_different=True)
    assert {row.title for row in mine} == {t for t, a in zip(TITLES, first, strict=True) if a["evidence"] == "model"}
    assert {row.count for row in mine} == {2}
    assert {(row.live_version, row.shadow_version) for row in mine} == {(shipped.version, in_shadow.version)}
    assert {row.shadow_status for row in mine} == {"unknown"}
    assert all(row.live_category == row.shadow_category for row in mine)
    tallies = ShadowTally.objects.filter(merchant=acme)
    assert sum(row.count for row in tallies) == 2 * len(by_model)
    assert ShadowDifference.objects.filter(merchant__name="Globex").count() == 1


def test_a_rules_or_lists_word_is_not_the_models_and_is_not_compared(in_shadow, acme_api, listed_gtin):
    check(acme_api, "Ibuprofen", gtin=listed_gtin)

    judge_in_shadow()

    assert ShadowTally.objects.count() == ShadowDifference.objects.count() == 0


def test_only_the_share_that_is_set_is_judged_in_shadow(in_shadow, acme_api, settings):
    settings.SHADOW_SHARE = 0.0
    check(acme_api, *TITLES)
    judge_in_shadow()
    assert ShadowTally.objects.count() == 0

    settings.SHADOW_SHARE = 0.5
    ids = [f"{n}-0" for n in range(2000)]
    assert 900 < sum(map(shadow.is_sampled, ids)) < 1100


def test_a_shadow_too_far_behind_passes_over_and_says_how_much(in_shadow, acme_api, monkeypatch):
    monkeypatch.setattr(shadow, "MOST_BEHIND", 2)
    for _ in range(5):
        check(acme_api, TITLES[0])
    StreamPlace.objects.create(reader=follow.SHADOW)
    count_judged()

    judge_in_shadow()
    check(acme_api, TITLES[0])
    judge_in_shadow()

    place = StreamPlace.objects.get(reader=follow.SHADOW)
    assert place.skipped == 5
    assert sum(row.count for row in ShadowTally.objects.all()) <= 1


def test_without_a_shadow_nothing_is_compared_and_nothing_piles_up(registry, acme_api):
    check(acme_api, *TITLES)
    count_judged()

    judge_in_shadow()

    assert ShadowTally.objects.count() == 0
    assert StreamPlace.objects.get(reader=follow.SHADOW).skipped == 0


def test_no_more_titles_are_kept_than_there_is_room_for(in_shadow, acme_api, monkeypatch):
    monkeypatch.setattr(shadow, "MOST_DIFFERENCES", 1)

    check(acme_api, *TITLES)
    judge_in_shadow()

    assert ShadowDifference.objects.count() == 1
    assert sum(row.count for row in ShadowTally.objects.all()) > 1


def test_what_waits_names_no_merchant_but_by_its_row(registry, acme, acme_api, settings):
    check(acme_api, TITLES[0])

    ((_, fields),) = redis.from_url(settings.REDIS_URL).xrange(stream.STREAM)

    assert set(json.loads(fields[b"d"])) == {"m", "at", "items"}


PERSONAL = [
    "Ibuprofen for Mr. John Sample",
    "Insulin pen, patient: J. Sample",
    "Knee brace, call 212-555-0143",
    "Pillbox jane@sample.example",
]


@pytest.mark.parametrize("title", PERSONAL)
def test_words_that_seem_personal_are_counted_and_not_told(in_shadow, acme, acme_api, settings, title):
    record_review(merchant=acme, item=Item(title=title), category_code="pain-relievers-oral", reviewer=None)
    check(acme_api, title, TITLES[0])
    check(acme_api, TITLES[1])
    acme_api.post("/v1/eligibility/check", {"items": [{"title": TITLES[4], "description": title}]})

    told = redis.from_url(settings.REDIS_URL).xrange(stream.STREAM)
    assert len(told) == 3
    assert title not in str(told)
    count_judged()
    judge_in_shadow()

    assert sum(row.judged for row in all_days()) == 4
    assert set(DriftSample.objects.values_list("title", flat=True)) == {TITLES[0], TITLES[1]}
    assert set(ShadowDifference.objects.values_list("title", flat=True)) <= {TITLES[0], TITLES[1]}
    assert ShadowTally.objects.exists()
