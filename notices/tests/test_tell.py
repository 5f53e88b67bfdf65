"""Who is told, once, and by which way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from conftest import make_member
from notices.errors import ContextPersonal, TopicRequired, TopicUnknown
from notices.models import Letter, Notice, Preference
from notices.selectors import unread_count
from notices.services import notify
from notices.services.preferences import mark_read, set_preference
from notices.topics import TOPICS
from people.models import User
from people.roles import give_role

pytestmark = pytest.mark.django_db


def told():
    return sorted(Notice.objects.values_list("user__username", flat=True))


def test_the_topics_roles_are_told_and_nobody_of_another_merchant(acme, acme_owner, acme_viewer, globex_owner):
    developer = make_member(acme, "developer")

    assert notify(topic="api_key.created", subject="key_1", merchant=acme) == 2

    assert told() == [developer.username, acme_owner.username]


def test_staff_are_told_by_their_role(acme, acme_owner, db):
    for role in ("risk", "support"):
        give_role(user=User.objects.create_user(username=role, password="x"), role=role)

    notify(topic="break_glass.opened", subject="bg_1", merchant=acme)

    assert told() == ["acme_owner", "risk"]


def test_roles_given_by_the_caller_override_the_topics(acme, acme_owner, acme_viewer):
    notify(topic="api_key.created", subject="key_1", merchant=acme, to_merchant_roles=["viewer"])

    assert told() == ["acme_viewer"]


def test_who_may_no_longer_sign_in_is_not_told(acme, acme_owner):
    User.objects.filter(pk=acme_owner.pk).update(is_active=False)

    assert notify(topic="api_key.created", subject="key_1", merchant=acme) == 0
    assert told() == []


def test_the_same_thing_within_its_window_is_one_notice_with_a_count_and_one_letter(acme, acme_owner):
    for _ in range(5):
        notify(topic="webhook.paused", subject="we_1", merchant=acme)
    notify(topic="webhook.paused", subject="we_2", merchant=acme)

    assert sorted(Notice.objects.values_list("subject", "count")) == [("we_1", 5), ("we_2", 1)]
    assert Letter.objects.count() == 2


def test_after_its_window_it_is_told_anew(acme, acme_owner):
    notify(topic="webhook.paused", subject="we_1", merchant=acme)
    Notice.objects.update(window_at=timezone.now() - TOPICS["webhook.paused"].window - timedelta(seconds=1))

    notify(topic="webhook.paused", subject="we_1", merchant=acme)

    assert Notice.objects.count() == Letter.objects.count() == 2


def test_what_happens_again_after_reading_is_unread_again(acme, acme_owner):
    notify(topic="webhook.paused", subject="we_1", merchant=acme)
    mark_read(user=acme_owner)

    notify(topic="webhook.paused", subject="we_1", merchant=acme)

    assert unread_count(acme_owner) == 1


def test_nothing_is_told_of_what_did_not_happen(acme, acme_owner):
    mark = transaction.savepoint()
    notify(topic="webhook.paused", subject="we_1", merchant=acme)
    transaction.savepoint_rollback(mark)

    assert not Notice.objects.exists()
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    ("in_app", "email", "shown", "letters", "rows"),
    [(True, "off", 1, 0, 1), (False, "at_once", 0, 1, 1), (False, "off", 0, 0, 0), (True, "daily", 1, 0, 1)],
)
def test_each_way_can_be_chosen(acme, acme_owner, in_app, email, shown, letters, rows):
    set_preference(user=acme_owner, topic="webhook.paused", in_app=in_app, email=email)

    notify(topic="webhook.paused", subject="we_1", merchant=acme)

    assert (unread_count(acme_owner), Letter.objects.count(), Notice.objects.count()) == (shown, letters, rows)


@pytest.mark.parametrize("code", [code for code, topic in TOPICS.items() if topic.is_security])
def test_a_security_topic_cannot_be_switched_off(acme_owner, code):
    for in_app, email in ((False, "at_once"), (True, "off"), (True, "daily"), (True, "weekly")):
        with pytest.raises(TopicRequired):
            set_preference(user=acme_owner, topic=code, in_app=in_app, email=email)

    assert not Preference.objects.exists()


def test_a_security_topic_comes_even_past_a_row_that_says_otherwise(acme, acme_owner):
    Preference.objects.create(user=acme_owner, topic="api_key.created", in_app=False, email="off")

    notify(topic="api_key.created", subject="key_1", merchant=acme)

    assert (unread_count(acme_owner), Letter.objects.count()) == (1, 1)


@pytest.mark.parametrize("context", [{"who": "eve@example.com"}, {"x": "y" * 201}, {"x": {"y": 1}}, {"x": 1.5}])
def test_rows_take_nothing_that_looks_personal(acme, acme_owner, context):
    with pytest.raises(ContextPersonal):
        notify(topic="webhook.paused", subject="we_1", merchant=acme, context=context)

    assert not Notice.objects.exists()


def test_an_unknown_topic_is_refused(acme):
    with pytest.raises(TopicUnknown):
        notify(topic="weather", subject="rain", merchant=acme)


def test_marking_read_reaches_only_ones_own(acme, acme_owner, globex, globex_owner):
    notify(topic="webhook.paused", subject="a", merchant=acme)
    notify(topic="webhook.paused", subject="b", merchant=globex)
    theirs = Notice.objects.get(user=globex_owner)

    assert mark_read(user=acme_owner, public_id=theirs.public_id) == 0
    assert mark_read(user=acme_owner) == 1

    theirs.refresh_from_db()
    assert theirs.read_at is None
