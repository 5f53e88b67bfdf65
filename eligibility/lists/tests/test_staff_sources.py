"""Sources of lists in the admin: how they are doing, and what a lead curator and a curator may do with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from eligibility.lists.by_hand import enter_list
from eligibility.lists.tests.conftest import bring
from eligibility.models import ListSource, ListSync
from people.roles import LEAD_CURATOR, SUPPORT
from people.tests.factors import staff_person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

KEY = "AmkYA8m6gwSrGOV3spn1STAdqryXTyewSqFlifmRIx8="
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2ImSgcmp1aWyYbMGQxgP8hb6Y7bgUpCdoLJ0eFTxvr"
TYPED = {
    "list_id": "epl", "name": "the trade’s list", "zone": "America/New_York", "kind": "https", "url": "https://lists.example.com/epl/",
    "public_key": KEY, "secret": "", "username": "", "host_key": "", "check_every_min": "60", "window_from": "22:00", "window_until": "05:00",
    "small_rows": "5000", "rows_per_s": "", "gone_limit_percent": "5", "change_limit_percent": "10", "fault_limit_percent": "1",
}  # fmt: skip
OVER_SFTP = {
    "kind": "sftp",
    "url": "sftp://files.example.com/epl",
    "username": "reader",
    "host_key": HOST_KEY,
    "secret": "password",
}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ADD = "admin:eligibility_listsource_add"


@pytest.fixture
def lead(db, signed_in):
    return signed_in(staff_person(LEAD_CURATOR))


@pytest.fixture
def curators(curator, signed_in):
    return signed_in(curator)


def page_of(source):
    return reverse("admin:eligibility_listsource_change", args=[source.pk])


def settings_of(source):
    return reverse("admin:eligibility_listsource_settings", args=[source.pk])


def deed(source, name):
    return reverse("admin:eligibility_listsource_do", args=[source.pk, name])


def text_of(answer):
    return answer.content.decode()


def added(lead, **typed):
    answer = lead.post(reverse(ADD), TYPED | typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return ListSource.objects.get(list_id=typed.get("list_id", "epl"))


# --- Adding and changing ---


def test_a_lead_curator_adds_a_list_whose_publisher_is_asked_at_once(lead):
    source = added(lead, secret="token-of-ours")

    assert (source.url, source.check_every_min, str(source.window_from)) == ("https://lists.example.com/epl", 60, "22:00:00")
    assert source.next_at <= timezone.now()
    assert str(source.secret) == "token-of-ours"
    entry = AuditEntry.objects.get(action="list_source.added")
    assert "secret" in entry.fields
    assert "token-of-ours" not in str(entry.details) + str(entry.fields)


@pytest.mark.parametrize("share", ["5", "0.25", "100"])
def test_a_share_is_shown_without_zeros_at_its_end(lead, share):
    source = added(lead, gone_limit_percent=share)

    assert f"{share} %" in text_of(lead.get(page_of(source)))
    assert lead.get(settings_of(source)).context["form"]["gone_limit_percent"].value() == share


def test_the_secret_is_never_shown(lead):
    source = added(lead, secret="token-of-ours")
    wrong = lead.post(settings_of(source), TYPED | {"secret": "another-token", "zone": "Nowhere"})

    pages = [text_of(lead.get(url)) for url in (page_of(source), settings_of(source))] + [text_of(wrong)]

    assert wrong.status_code == 400
    assert [page for page in pages if "-token" in page or "token-of" in page] == []


def test_sftp_keeps_the_key_alone_of_a_line_of_known_hosts(lead):
    source = added(lead, **OVER_SFTP | {"host_key": f"files.example.com {HOST_KEY} publisher@files"})

    assert source.host_key == HOST_KEY


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"url": "https://10.0.0.7/epl"}, "url", "address"),
        ({"url": "https://lists.example.com/epl?a=1"}, "url", "take out “?”"),
        ({"public_key": "c2hvcnQ="}, "public_key", "32 bytes in base64"),
        ({"public_key": "not base64!"}, "public_key", "32 bytes in base64"),
        ({"zone": "Mars/Olympus"}, "zone", "no time zone"),
        ({"list_id": "two words"}, "list_id", "letters, digits"),
        ({"window_until": ""}, "window_until", "a beginning and an end"),
        ({"window_until": "22:00"}, "window_until", "end when they begin"),
        ({"check_every_min": "1"}, "check_every_min", "every 5 to"),
        ({"rows_per_s": "3"}, "rows_per_s", "Slower than 100"),
        ({"gone_limit_percent": "-1"}, "gone_limit_percent", "0 % or more"),
        ({**OVER_SFTP, "url": "https://files.example.com/epl"}, "url", "sftp://"),
        ({**OVER_SFTP, "url": "sftp://reader@files.example.com/epl"}, "url", "own fields"),
        ({**OVER_SFTP, "host_key": ""}, "host_key", "needs the server's key"),
        ({**OVER_SFTP, "host_key": "ssh-ed25519 AAAAnonsense"}, "host_key", "cannot be read"),
        ({**OVER_SFTP, "username": ""}, "username", "needs a user"),
        ({**OVER_SFTP, "secret": ""}, "secret", "private key or a password"),
        ({**OVER_SFTP, "secret": "-----BEGIN OPENSSH PRIVATE KEY-----\nbroken"}, "secret", "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_could_not_be_fetched_is_refused_beside_its_field(lead, typed, field, words):
    answer = lead.post(reverse(ADD), TYPED | typed)

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.context["form"].errors[field][0]
    assert not ListSource.objects.exists()


def test_a_list_has_one_source(lead):
    added(lead)

    answer = lead.post(reverse(ADD), TYPED)

    assert "already" in answer.context["form"].errors["list_id"][0]


def test_an_empty_secret_leaves_the_kept_one_and_another_machine_is_not_shown_it(lead):
    source = added(lead, secret="token-of-ours")

    lead.post(settings_of(source), TYPED | {"name": "another name"})
    moved = lead.post(settings_of(source), TYPED | {"url": "https://elsewhere.example.org/epl"})

    source.refresh_from_db()
    assert (source.name, source.url, str(source.secret)) == ("another name", "https://lists.example.com/epl", "token-of-ours")
    assert "write the secret anew" in moved.context["form"].errors["secret"][0]
    lead.post(settings_of(source), TYPED | {"url": "https://elsewhere.example.org/epl", "forgets_secret": "on"})
    source.refresh_from_db()
    assert (source.url, str(source.secret)) == ("https://elsewhere.example.org/epl", "")
    assert AuditEntry.objects.filter(action="list_source.changed").count() == 2


def test_settings_that_differ_in_nothing_change_nothing(lead):
    source = added(lead)
    ListSource.objects.update(etag="mark")

    lead.post(settings_of(source), TYPED)

    source.refresh_from_db()
    assert source.etag == "mark"
    assert not AuditEntry.objects.filter(action="list_source.changed").exists()


def test_a_list_of_which_versions_are_here_keeps_its_id(lead, source):
    bring(source)

    answer = lead.post(settings_of(source), TYPED | {"list_id": "other", "url": source.url, "public_key": source.public_key})

    assert "keeps its id" in answer.context["form"].errors["list_id"][0]


def test_a_curator_asks_publishers_but_does_not_say_how_they_are_reached(curators, source):
    refused = [
        curators.post(reverse(ADD), TYPED), curators.get(settings_of(source)), curators.post(settings_of(source), TYPED),
        curators.post(deed(source, "off")),
    ]  # fmt: skip

    assert [answer.status_code for answer in refused] == [403] * 4
    assert curators.post(deed(source, "check")).status_code == 302


def test_support_only_looks(signed_in, source):
    support = signed_in(staff_person(SUPPORT))

    assert support.get(page_of(source)).status_code == 200
    assert "Check now" not in text_of(support.get(page_of(source)))
    assert support.post(deed(source, "check")).status_code == 403


# --- The buttons ---


def test_asking_now_twice_asks_once_more_and_harms_nothing(curators, source):
    bring(source)
    ListSource.objects.update(next_at=timezone.now() + timedelta(hours=5))

    answers = [curators.post(deed(source, "check")) for _ in range(2)]

    source.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert source.next_at <= timezone.now()
    assert ListSync.objects.filter(state__in=["queued", "running"]).count() == 0


def test_a_look_is_no_deed(curators, source):
    assert curators.get(deed(source, "check")).status_code == 405


def test_what_is_switched_off_is_not_asked_until_it_is_on_again(lead, source):
    lead.post(deed(source, "off"))
    again = lead.post(deed(source, "off"), follow=True)
    asked = lead.post(deed(source, "check"), follow=True)

    assert "switched off already" in text_of(again)
    assert "Nothing is fetched for this list" in text_of(asked)
    assert AuditEntry.objects.filter(action="list_source.switched_off").count() == 1
    lead.post(deed(source, "on"))
    source.refresh_from_db()
    assert source.is_active


def test_of_a_list_that_is_entered_here_nothing_is_fetched(lead, listed_gtin):
    source = ListSource.objects.get()

    assert lead.get(settings_of(source)).status_code == 404
    assert "entered here" in text_of(lead.post(deed(source, "off"), follow=True))
    assert "Change the settings" not in text_of(lead.get(page_of(source)))


# --- Health at a glance ---


def words_on(lead):
    return text_of(lead.get(reverse("admin:eligibility_listsource_changelist")))


def test_a_list_in_sync_says_what_is_in_force_and_how_much_stands_on_it(lead, source):
    bring(source)

    words = words_on(lead)

    assert "In sync" in words
    assert "2025-07" in words
    assert "1,5" in words  # of 1,500, a few are to come


def test_a_list_that_cannot_be_fetched_says_why_and_since_when(lead, source, running):
    bring(source)
    running.publisher.misbehave("wrong_signature", 2)
    ListSource.objects.update(etag="")
    bring(source)

    words = words_on(lead)

    assert "Failing" in words
    assert "not signed by the publisher" in words
    source.refresh_from_db()
    assert source.failing_since is not None
    assert bring(source) is None
    assert (source.failing_since, source.failures) == (None, 0)
    assert "In sync" in words_on(lead)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "Never fetched"),
        ({"is_active": False}, "Switched off"),
        ({"kind": "hand"}, "Entered here"),
        ({"checked_at": LONG_AGO, "next_at": LONG_AGO}, "Not asked"),
    ],
    ids=["never", "off", "by hand", "nobody asks"],
)
def test_states_in_words(lead, source, fields, word):
    ListSource.objects.update(**fields)

    assert f">{word}</span>" in words_on(lead)


def test_many_lists_are_asked_about_at_once(lead, listed_gtin):
    def count():
        with CaptureQueriesContext(connection) as asked:
            words_on(lead)
        return len(asked)

    few = count()
    for number in range(20):
        enter_list(list_id=f"list-{number}", name="a list", version="1", rows=[(f"{number:014d}", "x", "pain-relievers-oral")])
        ListSource.objects.filter(list_id=f"list-{number}").update(kind="https", url="https://lists.example.com")

    assert count() <= few + 1
