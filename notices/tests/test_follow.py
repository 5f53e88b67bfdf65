"""What rooms below write into the audit trail reaches those whom it concerns, once."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Member
from notices import tasks
from notices.models import Bookmark, KnownDevice, Letter, Notice
from notices.services.follow import WATCHED, follow_audit
from notices.sign_ins import note_sign_in
from notices.topics import TOPICS
from notices.words import body_text, names_of, words_of
from people.break_glass import open_grant
from people.devices import device_named
from people.models import User
from people.roles import give_role
from vault.audit.models import AuditEntry
from vault.audit.services import record
from vault.governance.services import write
from vault.models import MerchantKey

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/{}"


def test_every_watched_deed_has_its_topic():
    assert {topic for topic, _ in WATCHED.values()} <= set(TOPICS)


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_told_once(acme, acme_owner):
    key, _ = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Till")
    follow_audit()
    Notice.objects.all().delete()
    record(action="api_key.revoked", subject="merchants.ApiKey", subject_id=key.public_id, merchant_id=acme.pk)
    record(action="shopper.email.read", subject="shoppers.Shopper", subject_id="shp_1", merchant_id=acme.pk)

    assert (tasks.follow_audit(), tasks.follow_audit()) == (1, 0)  # by the door, which starts without a merchant

    notice = Notice.objects.get()
    words = words_of(notice, names_of([notice]))
    assert (notice.user, notice.topic) == (acme_owner, "api_key.revoked")
    assert f"The API key Till (sk_test_…{key.last4}) of Acme was revoked." in body_text(notice, words)


def said_about(entry):
    record(**entry)
    follow_audit()
    return sorted(Notice.objects.values_list("user__username", "topic", "merchant_public_id"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("action", "topic"),
    [
        ("merchant_key.revoke.done", "merchant_key.revoked"), ("merchant_key.found.disabled", "merchant_key.revoked"),
        ("merchant_key.restore.done", "merchant_key.restored"),
    ],
)  # fmt: skip
def test_a_locked_or_unlocked_key_is_told_to_the_merchants_leaders(acme, acme_owner, acme_viewer, globex_owner, action, topic):
    assert said_about({"action": action, "subject": "vault.MerchantKey", "subject_id": "mkey_1", "merchant_id": acme.pk}) == [
        ("acme_owner", topic, acme.public_id)
    ]


@pytest.mark.django_db(transaction=True)
def test_what_the_vault_writes_of_a_lock_is_what_is_watched(acme):
    write(key=MerchantKey.objects.get(merchant_id=acme.pk), kind="revoke.done")

    assert AuditEntry.objects.filter(action="merchant_key.revoke.done", merchant_id=acme.pk).exists()
    assert follow_audit() >= 1


@pytest.mark.django_db(transaction=True)
def test_emergency_access_is_told_to_the_merchants_owner_and_to_risk(acme, acme_owner, globex_owner):
    support, risk = (User.objects.create_user(username=name, password="x") for name in ("support", "risk"))
    give_role(user=support, role="support")
    give_role(user=risk, role="risk")

    open_grant(
        user=support, covers=acme.public_id, asked_for=acme.public_id, reason="A shopper asked on the phone where the parcel is."
    )
    follow_audit()

    told = Notice.objects.filter(topic="break_glass.opened")
    assert sorted(told.values_list("user__username", flat=True)) == ["acme_owner", "risk"]
    assert "parcel" not in str(list(told.values()))


@pytest.mark.django_db(transaction=True)
def test_a_changed_sign_in_is_told_to_its_owner_alone(acme_owner, globex_owner):
    told = said_about(
        {
            "action": "user.password.changed",
            "subject": "people.User",
            "subject_id": acme_owner.public_id,
            "person_id": acme_owner.public_id,
        }
    )

    assert told == [("acme_owner", "account.changed", "")]


@pytest.mark.django_db(transaction=True)
def test_a_new_member_is_named_however_it_was_written(acme, acme_owner, acme_viewer):
    member = Member.objects.get(user=acme_viewer)
    said_about({"action": "member.added", "subject": "merchants.Member", "subject_id": str(member.pk), "merchant_id": acme.pk})

    notice = Notice.objects.get()
    assert words_of(notice, names_of([notice]))["headline"] == "acme_viewer now works for Acme"


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_gone_is_told_to_nobody(acme_owner):
    assert (
        said_about(
            {"action": "user.password.changed", "subject": "people.User", "subject_id": "usr_gone", "person_id": "usr_gone"}
        )
        == []
    )


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_cannot_be_told_keeps_nobody_else_waiting(acme, acme_owner, monkeypatch, caplog):
    follow_audit()
    for name in ("key_1", "key_2", "key_3"):
        record(action="api_key.revoked", subject="merchants.ApiKey", subject_id=name, merchant_id=acme.pk)
    from notices.services import follow

    real = follow.notify

    def choke_on_the_second(**given):
        if given["subject"] == "key_2":
            raise RuntimeError
        real(**given)

    monkeypatch.setattr(follow, "notify", choke_on_the_second)
    follow_audit()

    assert sorted(Notice.objects.values_list("subject", flat=True)) == ["key_1", "key_3"]
    assert "api_key.revoked" in caplog.text
    assert follow_audit() == 0


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_is_repeated_whole(acme, acme_owner, monkeypatch):
    follow_audit()
    record(action="api_key.revoked", subject="merchants.ApiKey", subject_id="key_1", merchant_id=acme.pk)
    record(action="api_key.revoked", subject="merchants.ApiKey", subject_id="key_2", merchant_id=acme.pk)
    before = sorted(Bookmark.objects.values_list("reader", "position"))
    from notices.services import follow

    told = []

    def fail_at_the_second(**given):
        if told:
            raise OperationalError
        told.append(given)

    with monkeypatch.context() as patch:
        patch.setattr(follow, "notify", fail_at_the_second)
        with pytest.raises(OperationalError):
            follow_audit()
    assert sorted(Bookmark.objects.values_list("reader", "position")) == before

    assert follow_audit() == 2
    assert Notice.objects.count() == 2


def test_the_first_device_is_known_and_a_further_one_is_told(acme_owner):
    assert not note_sign_in(user=acme_owner, agent=FIREFOX.format("128.0"), address="192.0.2.7")
    assert not note_sign_in(
        user=acme_owner, agent=FIREFOX.format("131.0.2"), address="192.0.2.200"
    )  # updated, and moved a little
    assert note_sign_in(user=acme_owner, agent=FIREFOX.format("128.0"), address="198.51.100.1")
    assert note_sign_in(user=acme_owner, agent="curl/8", address="192.0.2.7")
    assert not note_sign_in(user=acme_owner, agent="curl/9", address="192.0.2.8")

    assert Notice.objects.filter(topic="sign_in.new_device").count() == 2
    assert list(Letter.objects.values_list("is_urgent", flat=True)) == [True, True]
    assert "192.0.2" not in str(list(KnownDevice.objects.values()))


def test_signing_in_by_the_page_notes_the_device(acme_owner):
    for agent in (FIREFOX.format("1"), "curl/8"):
        Client().post(
            reverse("account_login"), {"login": "acme_owner", "password": "correct horse battery"}, headers={"User-Agent": agent}
        )

    assert KnownDevice.objects.filter(user=acme_owner).count() == 2
    assert Notice.objects.get().context == {"browser": "a browser we do not know"}


def test_a_failed_sign_in_notes_nothing(acme_owner):
    Client().post(reverse("account_login"), {"login": "acme_owner", "password": "wrong"})

    assert not KnownDevice.objects.exists()


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX.format(128), "Firefox on Windows"), ("x Chrome/1 Safari/2 Edg/3 Mac OS X", "Edge on Mac"), ("<b>", "")],
)  # fmt: skip
def test_a_browser_is_named_in_our_words(agent, words):
    assert device_named(agent) == words
