"""The registry's pages, by the people who use them."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.processes import process_name
from eligibility.admin.model_versions import golden_text
from eligibility.models import (
    DriftDay,
    DriftSample,
    LabelVerdict,
    ModelChange,
    ModelPointer,
    ModelVersion,
    ShadowDifference,
    ShadowTally,
)
from eligibility.registry import watch
from eligibility.registry.drift import week_of
from eligibility.registry.figures import against_reference, agreement, by_week, stability_index
from eligibility.registry.offices import live_version, promote_model
from eligibility.registry.versions import register_model
from eligibility.tests.registry.reports import SUSPECT, with_report, with_suspects
from eligibility.tests.registry.test_promote import WHO, spoil, state_of_everything
from eligibility.tests.registry.variants import bolder
from people.models import User
from people.roles import give_role

REASON = {"reason": "It is better."}


def staff(role, signed_in):
    user = User.objects.create(username=role, email=f"{role}@people.example")
    give_role(user=user, role=role)
    return signed_in(user)


@pytest.fixture
def curator(db, signed_in):
    return staff("curator", signed_in)


@pytest.fixture
def support(db, signed_in):
    return staff("support", signed_in)


@pytest.fixture
def reported(registry, tmp_path):
    return register_model(folder=with_report(bolder(tmp_path / "reported")), by="Ann")


def url(verb, row):
    return f"/admin/eligibility/modelversion/{row.pk}/{verb}/"


def page(client, address, **asked):
    answer = client.get(address, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_curator_promotes_and_rolls_back(curator, shipped, other):
    answer = curator.post(url("promote-model", other), {**REASON, "instead_of": shipped.version})
    assert answer.status_code == 302
    assert live_version() == other

    answer = curator.post(url("roll-back-model", other), {"reason": "Too many unknowns.", "instead_of": other.version})

    assert answer.status_code == 302
    assert live_version() == shipped
    change = ModelChange.objects.first()
    assert change.by == User.objects.get(username="curator").public_id
    assert "curator" in page(curator, f"/admin/eligibility/modelversion/{shipped.pk}/change/")


def test_a_page_that_is_out_of_date_changes_nothing(curator, shipped, other, silent):
    promote_model(version=silent.version, is_forced=True, **WHO)
    before = state_of_everything()

    answer = curator.post(url("promote-model", other), {**REASON, "instead_of": shipped.version})

    assert answer.status_code == 400
    assert "Somebody changed the live model meanwhile" in answer.content.decode()
    assert state_of_everything() == before


def test_a_worse_model_needs_the_switch(curator, shipped, worse):
    before = state_of_everything()
    form = {**REASON, "instead_of": shipped.version}

    refused = curator.post(url("promote-model", worse), form)
    assert refused.status_code == 400
    assert "golden titles" in refused.content.decode()
    assert state_of_everything() == before
    assert curator.post(url("promote-model", worse), {**form, "is_forced": "on"}).status_code == 302

    assert live_version() == worse


def test_a_promotion_without_a_reason_is_refused(curator, shipped, other):
    before = state_of_everything()

    for reason in ("", "better"):
        assert curator.post(url("promote-model", other), {"reason": reason, "instead_of": shipped.version}).status_code == 400

    assert state_of_everything() == before


def test_a_broken_model_is_refused_in_words(curator, shipped, other):
    spoil(other, "manifest.json")
    before = state_of_everything()

    answer = curator.post(url("promote-model", other), {**REASON, "instead_of": shipped.version})

    assert answer.status_code == 400
    assert "manifest.json is not in the model store" in answer.content.decode()
    assert state_of_everything() == before


@pytest.mark.parametrize("verb", ["promote-model", "roll-back-model", "start-shadow", "stop-shadow"])
def test_support_looks_and_changes_nothing(support, shipped, other, verb):
    before = state_of_everything()

    assert support.get(url(verb, other)).status_code == 403
    assert support.post(url(verb, other), REASON).status_code == 403

    assert state_of_everything() == before
    assert "Make it live" not in page(support, f"/admin/eligibility/modelversion/{other.pk}/change/")


def test_the_page_offers_what_can_be_done_now(curator, shipped, other):
    candidate = page(curator, f"/admin/eligibility/modelversion/{other.pk}/change/")
    live = page(curator, f"/admin/eligibility/modelversion/{shipped.pk}/change/")

    assert ("Make it live" in candidate, "Try it in shadow" in candidate, "Roll back" in candidate) == (True, True, False)
    assert ("Make it live" in live, "Roll back" in live) == (False, True)


def test_a_curator_begins_and_ends_a_shadow(curator, shipped, other):
    assert curator.post(url("start-shadow", other), {"reason": "To see differences."}).status_code == 302
    assert ModelPointer.objects.get().shadow == other

    assert curator.post(url("stop-shadow", other), {"reason": "Seen enough."}).status_code == 302

    assert ModelPointer.objects.get().shadow is None


def test_the_list_says_what_each_process_serves(curator, shipped, other):
    watch.watcher().look()
    promote_model(version=other.version, **WHO)
    spoil(other, "manifest.json")
    watch.watcher().look()

    text = page(curator, "/admin/eligibility/modelversion/")

    assert process_name() in text
    assert "Cannot load" in text
    assert shipped.version in text


def test_the_report_shows_every_part(curator, reported):
    text = page(curator, url("report", reported))

    for words in (
        "95.0%",
        "Calibration",
        "Coverage and precision",
        "Confusions",
        "Brands it has never seen",
        "till text",
        "Worst errors",
        "=Ear Thing",
    ):
        assert words in text
    assert text.count("<svg") >= 2
    assert 'style="' not in text[text.index('class="figures"') :]


def test_the_categories_are_sorted_and_filtered(curator, reported):
    def names(**asked):
        table = page(curator, url("report", reported), **asked).partition('id="categories"')[2].partition("</section>")[0]
        return sorted(("Ear care", "Beverages", "Scales"), key=lambda name: table.find(f">{name}<")) if not asked.get("status") else [
            name for name in ("Ear care", "Beverages", "Scales") if f">{name}<" in table
        ]  # fmt: skip

    assert names() == ["Scales", "Ear care", "Beverages"]
    assert names(sort="n", dir="desc") == ["Beverages", "Ear care", "Scales"]
    assert names(sort="name") == ["Beverages", "Ear care", "Scales"]
    assert names(sort="nonsense") == names()
    assert names(status="letter") == ["Scales"]


def test_a_model_without_a_report_says_so(curator, registry, tmp_path):
    folder = bolder(tmp_path / "without")
    (folder / "report.json").unlink(missing_ok=True)
    row = register_model(folder=folder, by="Ann")

    assert "Training wrote no report" in page(curator, url("report", row))


def test_a_report_that_is_gone_says_so(curator, reported):
    spoil(reported, "report.json")

    assert "The report cannot be read" in page(curator, url("report", reported))
    assert "The suspects cannot be read" in page(curator, url("suspects", reported))


def test_a_persons_answer_about_a_label_comes_out_as_csv(curator, reported):
    form = {"title": SUSPECT["title"], "category": SUSPECT["category"]}
    assert curator.post(url("suspects", reported), {**form, "verdict": "right"}).status_code == 302
    assert curator.post(url("suspects", reported), {**form, "verdict": "guess"}).status_code == 302
    assert curator.post(url("suspects", reported), {**form, "verdict": "guess"}).status_code == 302

    rows = list(csv.DictReader(io.StringIO(page(curator, "/admin/eligibility/modelversion/suspects.csv"))))

    assert [(row["title"], row["verdict"], row["better"]) for row in rows] == [("'=Ear Thing", "wrong", "beverages")]
    assert LabelVerdict.objects.count() == 2
    assert "Every suspect is answered" in page(curator, url("suspects", reported))
    assert "Label wrong" in page(curator, url("suspects", reported), show="all")


@pytest.mark.parametrize(
    "form", [{"title": "another", "category": "ear-care", "verdict": "right"}, {**SUSPECT, "verdict": "maybe"}]
)
def test_an_answer_about_no_suspect_is_refused(curator, reported, form):
    assert curator.post(url("suspects", reported), form).status_code == 400

    assert LabelVerdict.objects.count() == 0


def test_support_sees_suspects_and_answers_nothing(support, reported):
    assert "Label right" not in page(support, url("suspects", reported))
    assert support.post(url("suspects", reported), {**SUSPECT, "verdict": "right"}).status_code == 403

    assert LabelVerdict.objects.count() == 0


def test_a_thousand_suspects_come_in_pages(curator, registry, tmp_path):
    row = register_model(folder=with_suspects(bolder(tmp_path / "many"), 1000), by="Ann")

    text = page(curator, url("suspects", row), page=40)

    assert "1000 of 1000 to look at" in text
    assert "Page 40 of 40" in text
    assert text.count('value="right"') == 25


def make_day(merchant, day, **more):
    fields = {
        "judged": 100,
        "statuses": {"eligible": 60, "unknown": 40},
        "evidences": {"model": 60, "none": 40},
        "scores": [5] * 20,
    }
    return DriftDay.objects.create(merchant=merchant, day=day, model_version="m-a", **{**fields, **more})


def test_a_week_is_the_sum_of_its_days_and_ends_on_sunday(acme, globex):
    monday = date(2026, 11, 16)
    for day in (monday, monday + timedelta(days=6)):
        make_day(acme, day, list_seen=10, list_unknown=2, list_disagreed=4)
    make_day(acme, monday + timedelta(days=7))
    make_day(globex, monday)

    mine = by_week(merchant_id=acme.pk, today=date(2026, 11, 24))
    everybodys = by_week(today=date(2026, 11, 24))

    assert (mine[monday].judged, everybodys[monday].judged, len(mine)) == (200, 300, 12)
    assert (mine[monday].unknown_rate, mine[monday].list_disagreement) == (0.4, 0.5)
    assert mine[monday].human_disagreement is None
    assert mine[monday].scores == [10] * 20


def test_the_stability_index_is_the_textbooks():
    assert stability_index([100, 100], [100, 100]) == 0
    assert stability_index([50, 50], [75, 25]) == pytest.approx(0.25 * (0.405465 + 0.693147), abs=1e-5)
    assert stability_index([50, 50], [10, 10]) is None  # too little to tell
    assert stability_index([100, 0], [100, 100]) > 1  # a bin that was empty


def test_live_scores_are_compared_in_the_coarser_bins_of_the_report():
    reference = [{"low": 0.0, "high": 0.5, "n": 100}, {"low": 0.5, "high": 1.0, "n": 100}]

    assert against_reference(reference, [10] * 20) == pytest.approx(0)
    assert against_reference(reference, [20] * 10 + [0] * 10) > 1
    assert against_reference([], [10] * 20) is None


def test_the_drift_page_shows_a_merchants_week(curator, acme, globex, reported):
    monday = week_of(timezone.now().date())
    make_day(acme, monday)
    make_day(globex, monday, statuses={"eligible": 100}, evidences={"model": 100})
    DriftSample.objects.create(
        merchant=acme, week=monday, item_key="a", title="Mystery Thing", status="unknown", evidence="none", model_status="unknown",
        model_category="scales", confidence=0.3,
    )  # fmt: skip
    address = reverse("admin:eligibility_drift")

    everybody, mine = page(curator, address), page(curator, address, merchant=acme.public_id, week=str(monday))

    assert "20.0%" in everybody  # unknown, of both
    assert everybody.index(">Acme</a>") < everybody.index(">Globex</a>")  # the worse one first
    assert "40.0%" in mine
    assert "Mystery Thing" in mine
    assert "Mystery Thing" not in page(curator, address, merchant=globex.public_id)
    assert everybody.count("<svg") == 2


@pytest.mark.parametrize(
    "asked", [{}, {"merchant": "mer_nobody"}, {"week": "nonsense"}, {"week": "1999-01-04"}, {"version": "m-none"}]
)
def test_the_drift_page_stands_without_traffic_and_with_nonsense(curator, asked):
    assert "Nothing was judged in these weeks" in page(curator, reverse("admin:eligibility_drift"), **asked)


def test_the_agreement_of_two_models_is_counted_by_status(curator, acme, globex):
    pair = {"live_version": "m-a", "shadow_version": "m-b"}
    for merchant, live, shadow, count in (
        (acme, "eligible", "eligible", 90), (acme, "eligible", "unknown", 10), (globex, "letter", "letter", 100),
    ):  # fmt: skip
        ShadowTally.objects.create(
            merchant=merchant, live_status=live, shadow_status=shadow, count=count, other_category=5, **pair
        )
    now = timezone.now()
    ShadowDifference.objects.create(
        merchant=acme, item_key="k", title="Mystery Thing", live_status="eligible", live_category="scales", live_confidence=0.9,
        shadow_status="unknown", shadow_category="scales", shadow_confidence=0.4, is_status_different=True, first_at=now, last_at=now, **pair,
    )  # fmt: skip

    lines = {line.status: line for line in agreement(ShadowTally.objects.all())}
    text = page(curator, "/admin/eligibility/shadowdifference/")
    mine = page(curator, "/admin/eligibility/shadowdifference/", merchant__id__exact=acme.pk)
    none = page(curator, "/admin/eligibility/shadowdifference/", live_status__exact="letter")

    assert (lines["eligible"].share, lines["eligible"].instead, lines["eligible"].same_category) == (0.9, (("unknown", 10),), 85)
    assert (lines["all"].count, lines["all"].share) == (200, 0.95)
    assert "95.0%" in text
    assert "Mystery Thing" in text
    assert "90.0%" in mine
    assert "95.0%" not in mine
    assert "Mystery Thing" not in none


def test_a_candidate_shows_its_golden_figures_beside_the_live_ones(curator, shipped, silent):
    ModelVersion.objects.filter(pk=silent.pk).update(
        golden={"n": 6, "right": 6, "wrongly_eligible": 0, "unknown": 6, "misses": []}
    )

    text = page(curator, url("promote-model", silent))

    assert golden_text(ModelVersion.objects.get(pk=silent.pk).golden) in text
    assert shipped.version in text
