"""A finding's way: who may take which step, and what stays written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from compliance.csv_files import findings_csv, import_findings
from compliance.errors import ApproverIsOwner, ComplianceRefused, ImportRefused, StepNotAllowed
from compliance.models import Finding, FindingEvent
from compliance.services.findings import STEPS, assign, open_finding, take_step, tell_overdue
from compliance.tests.conftest import make_finding, staff
from notices.models import Letter, Notice
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
WAY_TO = {"open": [], "in_progress": ["start"], "remediated": ["remediate"], "verified": ["remediate", "verify"],
          "closed": ["remediate", "verify", "close"], "accepted_risk": ["accept_risk"]}  # fmt: skip


def walk(finding, state, *, risk, auditor):
    for step in WAY_TO[state]:
        take_step(finding=finding, step=step, by=auditor if step in {"verify", "close"} else risk, note="Done.")
    finding.refresh_from_db()
    assert finding.state == state


def test_a_finding_goes_from_open_to_closed_and_its_history_tells_each_step(finding, risk, auditor, owner):
    take_step(finding=finding, step="start", by=owner)
    take_step(finding=finding, step="remediate", by=owner, note="Addresses are masked now.")
    take_step(finding=finding, step="verify", by=auditor, note="Looked at a day of logs.")
    take_step(finding=finding, step="close", by=auditor)

    events = list(finding.events.values_list("step", "from_state", "to_state", "actor__username"))
    assert events == [
        ("opened", "", "open", "auditor"), ("start", "open", "in_progress", "engineer"), ("remediate", "in_progress", "remediated", "engineer"),
        ("verify", "remediated", "verified", "auditor"), ("close", "verified", "closed", "auditor"),
    ]  # fmt: skip


@pytest.mark.parametrize("state", WAY_TO)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_starts_only_where_the_table_says(finding, risk, auditor, state, step):
    walk(finding, state, risk=risk, auditor=auditor)
    by = staff("second", "auditor", "risk")  # every role, so that only the state can refuse
    before = FindingEvent.objects.count()

    if state in STEPS[step].starts:
        assert take_step(finding=finding, step=step, by=by, note="x").state == STEPS[step].ends
    else:
        with pytest.raises(StepNotAllowed):
            take_step(finding=finding, step=step, by=by, note="x")
        finding.refresh_from_db()
        assert (finding.state, FindingEvent.objects.count()) == (state, before)


# step -> who may take it, spelt out a second time
MAY = {
    "start": {"risk", "owner"},
    "remediate": {"risk", "owner"},
    "accept_risk": {"risk"},
    "verify": {"auditor"},
    "reopen": {"auditor"},
    "close": {"auditor"},
}


@pytest.mark.parametrize("who", ["risk", "auditor", "owner", "support"])
@pytest.mark.parametrize("step", STEPS)
def test_each_role_takes_its_own_steps_alone(finding, owner, risk, auditor, who, step):
    walk(finding, STEPS[step].starts[0], risk=risk, auditor=auditor)
    state = finding.state
    person = owner if who == "owner" else staff("another", who)

    if who in MAY[step]:
        take_step(finding=finding, step=step, by=person, note="x")
    else:
        with pytest.raises(ComplianceRefused):
            take_step(finding=finding, step=step, by=person, note="x")
        finding.refresh_from_db()
        assert finding.state == state


def test_nobody_accepts_the_risk_of_their_own_finding(auditor, risk):
    finding = make_finding(auditor, risk)

    with pytest.raises(ApproverIsOwner):
        take_step(finding=finding, step="accept_risk", by=risk, note="It is small.")

    finding.refresh_from_db()
    assert (finding.state, finding.approver) == ("open", None)
    assert (
        take_step(finding=finding, step="accept_risk", by=staff("risk2", "risk"), note="It is small.").approver.username
        == "risk2"
    )


def test_the_database_refuses_it_too(auditor, risk):
    finding = make_finding(auditor, risk)

    for approver in (risk, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Finding.objects.filter(pk=finding.pk).update(state="accepted_risk", approver=approver)


def test_who_said_it_was_remediated_does_not_verify_it(auditor, owner):
    both = staff("both", "risk", "auditor")
    finding = make_finding(auditor, owner)
    take_step(finding=finding, step="remediate", by=both, note="Done.")

    with pytest.raises(StepNotAllowed):
        take_step(finding=finding, step="verify", by=both, note="Looks good.")


@pytest.mark.parametrize("step", [name for name, step in STEPS.items() if step.needs_note])
def test_a_step_that_needs_a_note_is_not_taken_without(finding, risk, auditor, step):
    walk(finding, STEPS[step].starts[0], risk=risk, auditor=auditor)

    with pytest.raises(ComplianceRefused):
        take_step(finding=finding, step=step, by=staff("second", "auditor", "risk"), note="  ")


@pytest.mark.parametrize(
    "sql",
    ["UPDATE compliance_findingevent SET note = 'x'", "DELETE FROM compliance_findingevent", "TRUNCATE compliance_findingevent"],
)
def test_history_cannot_be_rewritten(finding, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_only_an_auditor_writes_findings(risk):
    with pytest.raises(StepNotAllowed):
        make_finding(risk)

    assert not Finding.objects.exists()


def test_the_owner_is_told_and_giving_it_away_tells_the_next(finding, owner, risk, auditor):
    assign(finding=finding, by=risk, owner=risk, due_on=finding.due_on)
    assign(finding=finding, by=risk, owner=risk, due_on=finding.due_on)  # once more changes nothing

    assert sorted(Notice.objects.values_list("user__username", "count")) == [("engineer", 1), ("risk", 1)]
    assert finding.events.filter(step="assigned").count() == 1


@pytest.mark.parametrize("state", ["closed", "accepted_risk"])
def test_what_is_settled_is_not_given_away(finding, risk, auditor, state):
    walk(finding, state, risk=risk, auditor=auditor)

    with pytest.raises(StepNotAllowed):
        assign(finding=finding, by=auditor, owner=risk, due_on=finding.due_on)


def test_a_finding_is_not_given_to_a_merchants_person(finding, risk, acme_owner):
    with pytest.raises(StepNotAllowed):
        assign(finding=finding, by=risk, owner=acme_owner, due_on=finding.due_on)


def test_an_overdue_finding_is_told_once_a_day_to_risk_and_owner(auditor, owner, risk):
    late = make_finding(auditor, owner, due_on=timezone.localdate() - timedelta(days=1))
    settled = make_finding(auditor, owner, due_on=timezone.localdate() - timedelta(days=1))
    walk(settled, "closed", risk=risk, auditor=auditor)
    make_finding(auditor, owner, due_on=timezone.localdate())

    assert (tell_overdue(), tell_overdue()) == (1, 1)

    told = Notice.objects.filter(topic="finding.overdue")
    assert sorted(told.values_list("user__username", "subject", "count")) == [
        ("engineer", late.public_id, 2),
        ("risk", late.public_id, 2),
    ]
    assert not Letter.objects.filter(topic="finding.overdue").exists()  # in the day's digest


@pytest.mark.django_db(transaction=True)
def test_each_step_is_audited_without_its_note(finding, risk):
    take_step(finding=finding, step="remediate", by=risk, note="Ann Smith's file is deleted.")

    entry = AuditEntry.objects.get(action="finding.remediate")
    assert (entry.subject_id, entry.details) == (finding.public_id, {"from": "open", "to": "remediated"})


def test_findings_come_back_from_their_own_csv(finding, auditor, owner):
    finding.title = "=HYPERLINK(1)"
    finding.save()
    text = findings_csv([finding])
    assert "'=HYPERLINK(1)" in text

    again = import_findings(content=text.encode(), by=auditor)
    other = import_findings(content=text.replace(finding.public_id, "AUD-1").encode(), by=auditor)

    assert (again, other) == ((0, 1), (1, 0))
    made = Finding.objects.get(external_id="AUD-1")
    assert (made.title, made.owner, made.due_on, made.state) == ("=HYPERLINK(1)", owner, finding.due_on, "open")
    assert import_findings(content=text.replace(finding.public_id, "AUD-1").encode(), by=auditor) == (0, 1)


HEAD = "external_id,title,framework,control_id,severity,description,owner,due_on\n"
GOOD = "A-1,Title,SOC 2,CC1,low,Text,,2026-12-01\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (HEAD + GOOD + "A-2,Title,SOC 2,CC1,dreadful,Text,,2026-12-01\n", "Line 3"), (HEAD + GOOD + "A-2,Title,SOC 2,CC1,low,Text,,soon\n", "Line 3"),
        (HEAD + GOOD + "A-2,Title,SOC 2,CC1,low,Text,usr_nobody,2026-12-01\n", "Line 3"), (HEAD + GOOD + ",Title,SOC 2,CC1,low,Text,,2026-12-01\n", "external_id"),
        ("title\nx\n", "no column"), (HEAD + GOOD.replace("Title", "T" * 200), "Line 2"), ("\xff", "no column"),
    ],
)  # fmt: skip
def test_a_csv_with_one_bad_row_is_not_taken_at_all(auditor, rows, said):
    with pytest.raises(ImportRefused, match=said):
        import_findings(content=rows.encode(), by=auditor)

    assert not Finding.objects.exists()


def test_what_is_no_utf8_or_too_large_is_refused(auditor):
    for content in (b"\xff\xfe\x00", b"x" * 1_000_001):
        with pytest.raises(ImportRefused):
            import_findings(content=content, by=auditor)


def test_the_admin_walks_the_same_way(signed_in, finding, owner, auditor):
    url = reverse("admin:compliance_finding_change", args=[finding.pk])
    signed_in(owner).post(url, {"step": "remediate", "note": "Masked.", "link": "https://tickets.example/42"})
    finding.refresh_from_db()
    assert (finding.state, finding.evidence.get().url) == ("remediated", "https://tickets.example/42")

    page = signed_in(auditor).post(
        url, {"step": "verify", "note": "", "new_owner": owner.pk, "new_due_on": finding.due_on}, follow=True
    )

    finding.refresh_from_db()
    assert finding.state == "remediated"
    assert "Nothing was changed. Say why" in page.content.decode()
    assert signed_in(auditor).get(url).status_code == 200


def test_the_admin_takes_all_that_was_asked_or_nothing(signed_in, finding, owner):
    url = reverse("admin:compliance_finding_change", args=[finding.pk])

    signed_in(owner).post(url, {"step": "remediate", "note": "Masked.", "link": "http://plain.example/"})

    finding.refresh_from_db()
    assert (finding.state, finding.evidence.count(), finding.events.count()) == ("open", 0, 1)


def test_an_auditor_writes_a_finding_in_the_admin_and_risk_may_not(signed_in, auditor, risk, owner):
    given = {
        "title": "T",
        "framework": "PCI DSS 4.0.1",
        "control_id": "6.4.3",
        "severity": "high",
        "due_on": "2026-12-31",
        "owner": owner.pk,
        "description": "D",
    }
    url = reverse("admin:compliance_finding_add")

    assert signed_in(risk).post(url, given).status_code == 403
    assert not Finding.objects.exists()
    assert signed_in(auditor).post(url, given).status_code == 302
    assert Finding.objects.get().events.get().actor == auditor


def test_others_of_the_staff_see_their_own_findings_alone(signed_in, auditor, owner, finding):
    other = make_finding(auditor, title="Somebody else’s")
    client = signed_in(owner)

    page = client.get(reverse("admin:compliance_finding_changelist")).content.decode()

    assert finding.title in page
    assert other.title not in page
    assert client.get(reverse("admin:compliance_finding_change", args=[other.pk])).status_code in {302, 403, 404}
    assert client.get(reverse("admin:compliance_finding_import")).status_code == 403


def test_a_merchants_owner_gets_nowhere_near(signed_in, acme_owner, finding):
    for name in (
        "compliance_finding_changelist",
        "compliance_evidence_export",
        "compliance_drill_form",
        "compliance_accessreview_changelist",
    ):
        assert signed_in(acme_owner).get(reverse(f"admin:{name}")).status_code in {302, 403}


def test_opening_needs_every_field_in_shape(auditor):
    with pytest.raises(Exception, match="severity"):
        open_finding(
            by=auditor, title="T", framework="F", control_id="", severity="dire", description="D", due_on=timezone.localdate()
        )
    assert not Finding.objects.exists()
