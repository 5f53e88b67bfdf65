from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from common.request_context import Actor, acting_as
from people.models import User
from people.roles import AUDITOR, RISK, SUPPORT, give_role
from vault.audit.models import AuditEntry
from vault.audit.services import record

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anchors(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"


def staff(role: str) -> User:
    user = User.objects.create_user(username=f"a_{role}", email=f"{role}@platform.example", password="correct horse battery")
    give_role(user=user, role=role)
    return user


def with_factor(signed_in: Any, user: User) -> Any:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=user, type="totp", data={})
    return signed_in(user)


def wrote(merchant: Any, **fields: Any) -> AuditEntry:
    record(
        **{
            "action": "payment.captured",
            "subject": "checkout.Payment",
            "subject_id": "pay_1",
            "merchant_id": merchant.pk,
            **fields,
        }
    )
    return AuditEntry.objects.latest("pk")


@pytest.mark.parametrize(("role", "status"), [(AUDITOR, 200), (RISK, 200), (SUPPORT, 403)])
def test_auditors_and_risk_open_the_trail_and_nobody_else(signed_in: Any, role: str, status: int):
    assert with_factor(signed_in, staff(role)).get("/admin/vault/auditentry/").status_code == status


def test_the_list_says_in_words_who_did_what(signed_in: Any, acme: Any):
    with acting_as(Actor("user", "usr_9", "support", "192.0.2.1")):
        wrote(acme, action="shopper.read", subject_id="shp_7", fields=["email"], reason="Ticket 12")

    page = with_factor(signed_in, staff(AUDITOR)).get("/admin/vault/auditentry/?q=shp_7").content.decode()

    assert "opened email of shopper shp_7" in page
    assert "Ticket 12" in page
    assert "Not checked yet." in page


@pytest.mark.parametrize("words", ["pay_5", "usr_5", "req_5", "shp_5", "payment.voided", "mer"])
def test_an_entry_is_found_by_whom_what_and_which_request(signed_in: Any, acme: Any, globex: Any, words: str):
    from common.request_context import request_id

    mark = request_id.set("req_5")
    with acting_as(Actor("user", "usr_5")):
        entry = wrote(acme, subject_id="pay_5", person_id="shp_5", action="payment.voided")
    request_id.reset(mark)
    wrote(globex, subject_id="pay_6")

    page = with_factor(signed_in, staff(AUDITOR)).get(
        "/admin/vault/auditentry/", {"q": acme.public_id if words == "mer" else words}
    )

    assert [row.pk for row in page.context["cl"].result_list] == [entry.pk]


def test_days_narrow_the_search(signed_in: Any, acme: Any):
    entry = wrote(acme)
    client = with_factor(signed_in, staff(AUDITOR))

    today = entry.at.date()
    assert entry.pk in [
        row.pk for row in client.get("/admin/vault/auditentry/", {"q": f"{today}..{today}"}).context["cl"].result_list
    ]
    assert not client.get("/admin/vault/auditentry/", {"q": "2020-01-01..2020-01-02"}).context["cl"].result_list


def test_looking_at_the_trail_is_on_record(signed_in: Any, acme: Any):
    entry = wrote(acme)
    auditor = staff(AUDITOR)
    client = with_factor(signed_in, auditor)
    client.get("/admin/vault/auditentry/", {"q": "pay_1"})
    client.get(f"/admin/vault/auditentry/{entry.pk}/change/")

    mine = AuditEntry.objects.filter(actor_id=auditor.public_id, action__startswith="audit_entry")
    assert list(mine.order_by("pk").values_list("action", "subject_id")) == [
        ("audit_entry.listed", ""), ("audit_entry.read", str(entry.pk)),
    ]  # fmt: skip


def test_the_button_exports_some_days_as_a_zip(signed_in: Any, acme: Any):
    entry = wrote(acme)
    client = with_factor(signed_in, staff(AUDITOR))

    day = entry.at.date()
    answer = client.post("/admin/vault/auditentry/export/", {"from": day, "to": day, "merchant": acme.public_id})

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["entries.jsonl", "manifest.json", "manifest.sig", "public_key.pem"]
        assert json.loads(archive.read("entries.jsonl").splitlines()[0])["subject_id"] == "pay_1"


def test_an_export_without_days_or_of_nobody_is_refused(signed_in: Any, acme: Any):
    client = with_factor(signed_in, staff(AUDITOR))
    before = AuditEntry.objects.filter(action="audit.exported").count()

    for asked in (
        {},
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2026-11-01", "to": "2026-11-02", "merchant": "mer_x"},
    ):
        assert client.post("/admin/vault/auditentry/export/", asked).status_code == 302
    assert with_factor(signed_in, staff(SUPPORT)).post("/admin/vault/auditentry/export/").status_code == 403

    assert AuditEntry.objects.filter(action="audit.exported").count() == before


def test_the_command_exports_and_refuses_what_it_cannot_read(acme: Any, tmp_path: Any):
    wrote(acme)
    today = AuditEntry.objects.latest("pk").at.date().isoformat()
    out = io.StringIO()

    call_command(
        "export_audit", str(tmp_path / "out"), f"--from={today}", f"--to={today}", f"--merchant={acme.public_id}", stdout=out
    )

    assert "entries written" in out.getvalue()
    with pytest.raises(CommandError, match="Name a folder"):
        call_command("export_audit", str(tmp_path), "--from=2026")
    with pytest.raises(CommandError, match="There is no merchant"):
        call_command("export_audit", str(tmp_path), f"--from={today}", f"--to={today}", "--merchant=mer_x")


def test_a_merchants_owner_sees_which_of_us_looked_at_its_data(signed_in: Any, acme: Any, acme_owner: User):
    with acting_as(Actor("user", "usr_9", "support", "192.0.2.1")):
        wrote(acme, action="checkout_session.read", subject_id="cs_7", reason="Ticket 12")

    page = signed_in(acme_owner).get("/access-log/").content.decode()

    assert "Looked at sale cs_7" in page
    assert "Platform support" in page
    assert "usr_9" in page
    assert "Ticket 12" in page


def test_a_merchant_sees_its_own_people_by_name_and_no_other_merchants_rows(
    signed_in: Any, acme: Any, globex: Any, acme_owner: User
):
    wrote(globex, subject_id="pay_of_globex")
    with acting_as(Actor("user", acme_owner.public_id, "owner")):
        wrote(acme, subject_id="pay_of_acme")
    client = signed_in(acme_owner)

    own = client.get("/access-log/?who=own").content.decode()
    everybody = client.get("/access-log/?who=all").content.decode()

    assert "acme_owner" in own
    assert "pay_of_acme" in own
    assert "pay_of_globex" not in own + everybody


def test_an_empty_log_says_what_will_stand_there(signed_in: Any, acme_owner: User):
    assert "Nobody of the platform has looked" in signed_in(acme_owner).get("/access-log/").content.decode()


def test_who_may_only_look_does_not_see_the_log(signed_in: Any, acme_viewer: User):
    assert signed_in(acme_viewer).get("/access-log/").status_code == 403
