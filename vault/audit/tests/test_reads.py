from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from common.request_context import Actor, acting_as
from vault.audit import reads
from vault.audit.deeds import Deed
from vault.audit.middleware import ReadsMiddleware
from vault.audit.models import AuditEntry
from vault.audit.services import note_read, record

pytestmark = pytest.mark.django_db


def email_read(subject_id: str = "shp_1", *fields: str) -> Deed:
    return Deed("shopper.read", "shoppers.Shopper", subject_id, person_id=subject_id, fields=fields or ("email",))


def answered(view: Any) -> HttpResponse:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with acting_as(Actor("user", "usr_1", "support")):
        return ReadsMiddleware(view)(request)


def test_what_a_request_reads_is_written_once_with_all_its_fields_before_the_answer_leaves():
    def view(request: HttpRequest) -> HttpResponse:
        for field in ("email", "name", "email"):
            note_read(email_read("shp_1", field))
        note_read(email_read("shp_2"))
        assert not AuditEntry.objects.exists()
        return HttpResponse("shown")

    answered(view)

    assert list(AuditEntry.objects.order_by("id").values_list("subject_id", "fields", "actor_id")) == [
        ("shp_1", ["email", "name"], "usr_1"), ("shp_2", ["email"], "usr_1"),
    ]  # fmt: skip


def test_reads_travel_with_the_next_change_and_are_not_written_again():
    def view(request: HttpRequest) -> HttpResponse:
        note_read(email_read())
        record(action="shopper.changed", subject="shoppers.Shopper", subject_id="shp_1")
        assert AuditEntry.objects.count() == 2
        note_read(email_read("shp_1", "name"))
        return HttpResponse("shown")

    answered(view)

    assert list(AuditEntry.objects.order_by("id").values_list("action", "fields")) == [
        ("shopper.changed", []), ("shopper.read", ["email"]), ("shopper.read", ["name"]),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_read_outlives_a_change_that_was_rolled_back():
    @transaction.atomic
    def refused() -> None:
        note_read(email_read())
        record(action="shopper.changed", subject="shoppers.Shopper", subject_id="shp_1")
        raise ValueError

    def view(request: HttpRequest) -> HttpResponse:
        with pytest.raises(ValueError):
            refused()
        return HttpResponse("refused")

    answered(view)

    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["shopper.read"]


def test_if_the_reads_cannot_be_written_nothing_is_shown(signed_in: Any, monkeypatch: Any, acme_owner: Any):
    client = signed_in(acme_owner)
    client.raise_request_exception = False
    assert client.get("/balance/").status_code == 200
    before = AuditEntry.objects.count()

    monkeypatch.setattr("vault.audit.services.append", lambda contents: 1 / 0)
    answer = client.get("/balance/")

    assert answer.status_code == 500
    assert b"Yours now" not in answer.content
    assert AuditEntry.objects.count() == before


def test_outside_a_request_a_read_is_written_at_once():
    note_read(email_read())

    assert AuditEntry.objects.get().action == "shopper.read"


def test_a_list_is_one_entry_that_tells_no_words(acme: Any):
    note_read(reads.of_list(type(acme), count=50, filters={"q": "mary@example.org", "status": ""}, merchant_id=acme.pk))

    entry = AuditEntry.objects.get()
    assert entry.details == {"count": 50, "filters": {"q": reads.fingerprint("Mary@example.org ")}}
    assert "mary" not in str(entry.__dict__)
