"""The bell's pages: whose notices, how many, and how one wants to be told."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notices.letters import unsubscribe_token
from notices.models import Letter, Notice, Preference, Recipient
from notices.selectors import address_mark
from notices.services import notify
from notices.services.sending import send_due
from portal.tests.admin_samples import superuser, support_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(acme, acme_owner, globex, globex_owner):
    notify(topic="webhook.paused", subject="we_1", merchant=acme)
    notify(topic="merchant_key.revoked", subject=globex.public_id, merchant=globex)


def page(client, name="portal:notices", **query):
    return client.get(reverse(name), query)


@pytest.mark.parametrize("name", ["portal:notices", "portal:notice_preferences"])
def test_a_stranger_is_asked_to_sign_in(client, name):
    assert page(client, name).status_code == 302


def test_each_person_sees_their_own(signed_in, acme_owner, globex_owner, told):
    acme, globex = (page(signed_in(person)).content.decode() for person in (acme_owner, globex_owner))

    assert "Acme’s addresses are paused" in acme
    assert "Globex" not in acme
    assert "The data of Globex is locked" in globex
    assert "Acme" not in globex


def test_the_bell_counts_what_is_unread_until_it_is_read(signed_in, acme, acme_owner, told):
    client = signed_in(acme_owner)
    notify(topic="webhook.paused", subject="we_2", merchant=acme)
    first = Notice.objects.get(subject="we_1")

    def bell():
        found = re.search(r'nav__count">(\d+\+?)', page(client, "portal:home").content.decode())
        return found.group(1) if found else ""

    assert bell() == "2"
    client.post(reverse("portal:notices_read"), {"notice": first.public_id})
    assert bell() == "1"
    client.post(reverse("portal:notices_read"))
    assert bell() == ""


def test_marking_another_persons_notice_changes_nothing(signed_in, acme_owner, globex_owner, told):
    theirs = Notice.objects.get(user=globex_owner)

    signed_in(acme_owner).post(reverse("portal:notices_read"), {"notice": theirs.public_id})

    assert Notice.objects.filter(read_at=None).count() == 2


def test_many_notices_come_in_pages_without_gap_or_repeat(signed_in, acme, acme_owner):
    for number in range(60):
        notify(topic="webhook.paused", subject=f"we_{number}", merchant=acme)
    client, url, seen = signed_in(acme_owner), reverse("portal:notices"), []
    while url:
        answer = client.get(url)
        seen += [row["notice"].subject for row in answer.context["notices"]]
        url = f"{reverse('portal:notices')}{answer.context['next_url']}" if answer.context["next_url"] else ""

    assert seen == [f"we_{number}" for number in reversed(range(60))]


def test_a_page_of_notices_asks_as_often_for_many_as_for_one(signed_in, acme, acme_owner):
    client, asked = signed_in(acme_owner), []
    page(client)  # what is only asked once is asked now
    for count in (1, 24):
        for number in range(count):
            notify(topic="webhook.paused", subject=f"we_{count}_{number}", merchant=acme, context={"actor": acme_owner.public_id})
        with CaptureQueriesContext(connection) as queries:
            page(client)
        asked.append(len(queries))

    assert asked[0] == asked[1] > 0


def test_staff_have_the_bell_in_the_admin_and_the_same_page(signed_in):
    person = support_person()
    notify(user=person, topic="webhook.paused", subject="we_1")
    client = signed_in(person)

    assert 'class="bell__count">1<' in client.get("/admin/").content.decode()
    assert "are paused" in page(client).content.decode()
    assert page(client, "portal:notice_preferences").status_code == 200


def test_a_choice_is_kept_and_a_security_topic_is_not_offered(signed_in, acme_owner):
    client = signed_in(acme_owner)
    form = {"time_zone": "Europe/Berlin", "quiet_from": "22:00", "quiet_until": "07:00", "digest_hour": "6",
            "email-webhook.paused": "daily", "email-api_key.created": "off"}  # fmt: skip

    assert client.post(reverse("portal:notice_preferences"), form).status_code == 302

    assert list(Preference.objects.values_list("topic", "in_app", "email")) == [("webhook.paused", False, "daily")]
    recipient = Recipient.objects.get()
    assert (recipient.time_zone, recipient.digest_hour, f"{recipient.quiet_from:%H:%M}") == ("Europe/Berlin", 6, "22:00")
    assert 'name="email-api_key.created"' not in page(client, "portal:notice_preferences").content.decode()


@pytest.mark.parametrize("wrong", [{"quiet_from": "25:00", "quiet_until": "07:00"}, {"quiet_from": "22:00"}, {"time_zone": "Nowhere"},
                                   {"digest_hour": "x"}, {"digest_hour": "99"}])  # fmt: skip
def test_a_choice_that_cannot_be_says_so_and_changes_nothing(signed_in, acme_owner, wrong):
    answer = signed_in(acme_owner).post(reverse("portal:notice_preferences"), {"digest_hour": "8", **wrong})

    assert answer.status_code == 400
    assert "Nothing was changed." in answer.content.decode()
    assert not Recipient.objects.exists()


def test_a_refused_address_is_shown_and_can_be_tried_again(signed_in, acme_owner):
    Recipient.objects.create(
        user=acme_owner, bouncing_since=timezone.now(), bouncing_code="550 5.1.1", bouncing_mark=address_mark(acme_owner.email)
    )
    client = signed_in(acme_owner)

    assert "Our letters do not reach you." in page(client).content.decode()
    client.post(reverse("portal:notice_address"))

    assert "Our letters do not reach you." not in page(client).content.decode()


def test_the_link_in_a_letter_stops_letters_only_when_posted_to(settings, acme, acme_owner, told, mailbox):
    send_due()
    mail = next(letter for letter in mailbox.letters if "paused" in letter["Subject"])
    url = mail["List-Unsubscribe"].strip(" <>").removeprefix(settings.BASE_URL)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    client = Client(enforce_csrf_checks=True)

    assert client.get(url).status_code == 200
    assert not Preference.objects.exists()
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200

    assert list(Preference.objects.values_list("user", "topic", "email")) == [(acme_owner.pk, "webhook.paused", "off")]
    notify(topic="webhook.paused", subject="we_9", merchant=acme)
    assert Letter.objects.filter(user=acme_owner).count() == 1


def test_a_security_letter_offers_no_way_out_and_takes_none(acme_owner, told, mailbox):
    send_due()
    mail = next(letter for letter in mailbox.letters if "locked" in letter["Subject"])
    url = reverse("portal:notice_unsubscribe", args=[unsubscribe_token(acme_owner, "merchant_key.revoked")])

    assert mail["List-Unsubscribe"] is None
    assert Client().post(url).status_code == 404
    assert not Preference.objects.exists()


def test_a_forged_link_is_no_link(acme_owner):
    token = unsubscribe_token(acme_owner, "webhook.paused")

    assert Client().post(reverse("portal:notice_unsubscribe", args=[token[:-2] + "xx"])).status_code == 404
    assert not Preference.objects.exists()


@pytest.mark.parametrize(("person", "state"), [(support_person, "failed"), (superuser, "waiting")])
def test_only_a_superuser_sends_a_failed_letter_again(signed_in, person, state, acme, acme_owner):
    notify(topic="webhook.paused", subject="we_1", merchant=acme)
    Letter.objects.update(state="failed", error_code="450", attempts=10)

    signed_in(person()).post(
        reverse("admin:notices_letter_changelist"), {"action": "send_again", "_selected_action": [Letter.objects.get().pk]}
    )

    assert Letter.objects.get().state == state
