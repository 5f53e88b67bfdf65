"""Candidate, shadow, live, off, back: by a person who may, with a reason, and live only on what the shadow showed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from people.roles import LEAD_CURATOR, give_role
from rules.learning import live, shadow
from rules.learning.errors import LearningRefused, ModelUnreadable, NoEvidence
from rules.learning.live import Watcher
from rules.learning.port import Context, relevance, remember
from rules.learning.shadow import evidence_of
from rules.learning.versions import make_live, pointer, register, roll_back, start_shadow, stop_shadow, switch_off
from rules.models import LearnedModel, LearnedModelChange, LearningShowing, Rule, SnoopFeedback
from rules.tests.learning.rankers import FIGURES, registered
from rules.tests.learning.worlds import TODAY, made_candidate, made_definition, made_people

pytestmark = pytest.mark.django_db
FEED = Context("feed", TODAY)
WHY = "It is better."


@pytest.fixture(autouse=True)
def _own_store_and_watcher(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(live, "_watcher", Watcher())


@pytest.fixture
def lead(ann):
    give_role(user=ann, role=LEAD_CURATOR)
    return ann


@pytest.fixture
def little_evidence(monkeypatch):
    """A dozen showings are enough here: how many are asked for is a constant, not what is tested."""
    monkeypatch.setattr(shadow, "LEAST_SHOWINGS", 10)
    monkeypatch.setattr(shadow, "LEAST_ACTS", 5)


def shown_in_shadow(acted_place: int, count: int = 12) -> None:
    """Twelve feeds of three Snoops with scores 700, 500, 300; each customer acts on the one at this place."""
    rules = [Rule.objects.create(slug=f"r{slot}", name=f"R{slot}", slot=slot, draft={}) for slot in range(3)]
    candidates = [made_candidate(slot, score=score) for slot, score in enumerate((550, 500, 450))]
    for person in made_people(count):
        remember(person.pk, {}, candidates, FEED)
        SnoopFeedback.objects.create(
            customer=person, rule=rules[acted_place], kind="acted", at=timezone.now() + timedelta(seconds=5), channel="feed",
            client_id=uuid.uuid4().hex,
        )  # fmt: skip


def test_in_shadow_it_moves_nothing_and_its_places_are_kept(lead):
    row = registered(likes=-1)
    start_shadow(model=row, by=lead, reason=WHY)

    shown_in_shadow(acted_place=2)

    assert relevance({}, [made_candidate(1)], FEED) == {}
    kept = LearningShowing.objects.first()
    assert (kept.shadow, kept.live) == (row, None)
    assert sorted(kept.shadow_places) == [0, 1, 2]
    assert kept.shadow_places[2] < kept.shadow_places[0]
    found = evidence_of(row)
    assert (found.showings, found.acts, found.place_shown, found.higher) == (12, 12, 3.0, 12)


def test_nothing_is_live_before_the_shadow_showed_enough(lead):
    row = registered()

    with pytest.raises(NoEvidence, match="200 with 50 are needed"):
        make_live(model=row, by=lead, reason=WHY)

    assert (pointer().live, LearnedModelChange.objects.count()) == (None, 0)


def test_what_would_have_put_acts_lower_stays_in_shadow(lead, little_evidence):
    row = registered(likes=-1)
    start_shadow(model=row, by=lead, reason=WHY)
    shown_in_shadow(acted_place=0)

    with pytest.raises(NoEvidence, match="lower, so it stays in shadow"):
        make_live(model=row, by=lead, reason=WHY)

    assert pointer().live is None


def test_live_its_word_counts_within_the_bounds_and_off_it_does_not(lead, little_evidence):
    row = registered(likes=-1)
    start_shadow(model=row, by=lead, reason=WHY)
    shown_in_shadow(acted_place=2)

    make_live(model=row, by=lead, reason=WHY)

    words = relevance({}, [made_candidate(1, score=900), made_candidate(2, score=100), made_candidate(3, learns=False)], FEED)
    assert set(words) == {"rule_1", "rule_2"}
    assert 0 <= words["rule_1"] < words["rule_2"] <= 1
    change = LearnedModelChange.objects.first()
    assert (change.verb, change.by, change.evidence["acts"]) == ("live", lead, 12)
    switch_off(by=lead, reason="Complaints came in.")
    assert relevance({}, [made_candidate(1)], FEED) == {}
    row.refresh_from_db()
    assert row.state == LearnedModel.State.RETIRED


def test_rolling_back_returns_to_the_one_before(lead, little_evidence):
    first, second = registered(likes=-1), registered(likes=1)
    start_shadow(model=first, by=lead, reason=WHY)
    shown_in_shadow(acted_place=2)
    make_live(model=first, by=lead, reason=WHY)
    LearnedModel.objects.filter(pk=second.pk).update(state="candidate")
    LearningShowing.objects.update(shadow=second)
    make_live(model=second, by=lead, reason=WHY)

    roll_back(by=lead, reason="It was worse.")

    assert pointer().live == first
    assert LearnedModelChange.objects.first().verb == "rolled_back"
    with pytest.raises(LearningRefused, match="No other ranker was live before"):
        roll_back(by=lead, reason="Once more, please.")
    assert pointer().live == first


def test_the_same_again_changes_nothing(lead):
    row = registered()
    start_shadow(model=row, by=lead, reason=WHY)
    number = pointer().number

    start_shadow(model=row, by=lead, reason=WHY)
    stop_shadow(by=lead, reason=WHY)
    stop_shadow(by=lead, reason=WHY)

    assert (pointer().number, LearnedModelChange.objects.count()) == (number + 1, 2)
    assert registered() == row


@pytest.mark.parametrize("reason", ["", "Because"])
def test_without_a_reason_nothing_happens(lead, reason):
    row = registered()

    with pytest.raises(LearningRefused, match="two words"):
        start_shadow(model=row, by=lead, reason=reason)

    assert pointer().shadow is None


def test_a_curator_who_does_not_lead_changes_nothing(bob):
    row = registered()

    for refused in (
        lambda: start_shadow(model=row, by=bob, reason=WHY), lambda: make_live(model=row, by=bob, reason=WHY),
        lambda: switch_off(by=bob, reason=WHY), lambda: roll_back(by=bob, reason=WHY), lambda: stop_shadow(by=bob, reason=WHY),
    ):  # fmt: skip
        with pytest.raises(LearningRefused, match="govern"):
            refused()

    assert not LearnedModelChange.objects.exists()


def test_a_file_that_is_gone_is_refused_and_feeds_go_on(lead):
    row = register(sha256="0" * 64, feature_version=1, figures=FIGURES, trained_from=TODAY, trained_to=TODAY)

    with pytest.raises(ModelUnreadable):
        start_shadow(model=row, by=lead, reason=WHY)

    assert pointer().shadow is None
    pointer_row = pointer()
    pointer_row.live, pointer_row.number = row, 7
    pointer_row.save()
    assert relevance({}, [made_candidate(1)], FEED) == {}


def test_no_word_lets_anything_pass_a_first_priority_rule(lead, little_evidence):
    row = registered(likes=-1)
    start_shadow(model=row, by=lead, reason=WHY)
    urgent, liked = made_candidate(1, score=900, priority=1), made_candidate(2, score=10)
    [person] = made_people(1)

    remember(person.pk, {}, [urgent, liked], FEED)

    assert LearningShowing.objects.get().shadow_places == [0, 1]
    assert made_definition(priority=1).priority == 1
