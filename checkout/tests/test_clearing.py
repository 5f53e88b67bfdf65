"""Clearing files: written by the host, read whole or not at all, and each difference from our book found once."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from checkout.clearing.cases import ClearingRefused, resolve_case
from checkout.clearing.take import ClearingFileConflict, take_file, take_folder
from checkout.models import ClearingCase, ClearingFile, ClearingLine, NetworkAdvice, Payment, RefundLeg, Tender
from checkout.network.clearing_file import Cleared, Clearing, ClearingFileBroken, file_name, read_clearing, write_clearing
from checkout.network.host.background import BackgroundHost
from checkout.network.host.clearing import write_closed_days
from checkout.network.host.facts import Advised
from checkout.network.host.journal import Journal
from checkout.refunds.services import create_refund
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.tasks import reconcile_clearing
from checkout.tests.clearing_samples import multiply_completions
from checkout.tests.conftest import FSA, VISA
from checkout.tests.network_samples import eventually
from people.roles import AUDITOR, RISK, SUPPORT
from people.tests.factors import staff_person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db


def a_line(**changes) -> Cleared:
    return replace(
        Cleared("completion", "632600000001", "000001", "REF1", "ACME", "00000001", 3000, "2026-11-20T15:00:00+00:00"), **changes
    )


def clearing(*lines: Cleared, on=None, sequence: int = 1) -> bytes:
    return write_clearing(Clearing(on or timezone.now().date(), sequence, list(lines))).encode()


def line_of(advice: NetworkAdvice, **changes) -> Cleared:
    return a_line(rrn=advice.rrn, stan=advice.stan, amount_cents=advice.amount_cents, **changes)


@pytest.fixture
def completions(acme, open_session, token) -> list[NetworkAdvice]:
    """Of one sale: $30.00 on a benefit card and $12.00 on another, queued two hours before the end of today."""
    pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    NetworkAdvice.objects.update(created_at=datetime.combine(timezone.now().date(), time(12), UTC))
    return list(NetworkAdvice.objects.order_by("pk"))


# The file


def test_a_file_reads_back_as_it_was_written():
    written = Clearing(timezone.now().date(), 2, [a_line(), a_line(kind="refund", amount_cents=500), a_line(amount_cents=-3000)])

    assert read_clearing(write_clearing(written)) == written


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text.replace("fsa-clearing,1", "fsa-clearing,2"),
        lambda text: text.replace("999001", "999002"),
        lambda text: text.replace(",3000,", ",3001,", 1),
        lambda text: text.replace("completion", "purchase"),
        lambda text: text[: len(text) // 2],
        lambda text: "\n".join(text.split("\n")[:-2]) + "\n",
        lambda text: text.replace("+00:00", ""),
        lambda text: text.replace(text.split("\n")[1] + "\n", ""),
    ],
)
def test_a_cut_or_damaged_file_is_refused_whole(damage):
    text = damage(write_clearing(Clearing(timezone.now().date(), 1, [a_line(), a_line(rrn="632600000002")])))

    with pytest.raises(ClearingFileBroken):
        take_file(name="bad.csv", content=text.encode())
    assert not ClearingFile.objects.exists()
    assert not ClearingLine.objects.exists()


# The host's side


def fact(day: int, **changes) -> Advised:
    values = {
        "key": "0220|ACME|00000001|000001|1120150405", "digest": "", "rrn": "632600000001", "kind": "completion", "original_key": "",
        "network_reference": "REF1", "amount_cents": 3000, "completed_cents": 3000, "response_code": "00",
        "at": f"2026-11-{day:02d}T15:00:00+00:00",
    }  # fmt: skip
    return Advised(**{**values, **changes})


def test_the_host_writes_each_day_that_is_over_once_empty_ones_too(tmp_path):
    facts = [fact(18), fact(20, completed_cents=0, refunded_cents=500, kind="refund"), fact(20, completed_cents=0), fact(21)]
    today = datetime(2026, 11, 21, tzinfo=UTC).date()

    written = write_closed_days(tmp_path, facts, today=today)

    assert [path.name for path in written] == [f"clearing-2026-11-{day}-1.csv" for day in (18, 19, 20)]
    read = [read_clearing(path.read_text()) for path in written]
    assert [[(c.kind, c.amount_cents) for c in one.lines] for one in read] == [[("completion", 3000)], [], [("refund", 500)]]
    assert write_closed_days(tmp_path, facts, today=today) == []
    assert [path.name for path in write_closed_days(tmp_path, facts, today=today + timedelta(days=1))] == [
        "clearing-2026-11-21-1.csv"
    ]


def test_a_host_that_starts_writes_what_its_journal_has_of_days_gone_by(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.append(fact(18))
    journal.close()

    with BackgroundHost(journal=tmp_path / "journal", clearing=tmp_path / "out"):
        assert eventually(lambda: (tmp_path / "out" / "clearing-2026-11-18-1.csv").exists())


def test_what_the_host_cleared_is_what_we_booked(acme, open_session, token, settings, tmp_path):
    with BackgroundHost() as host:
        settings.ACQUIRER_PORT = host.port
        for _ in range(3):
            pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))
        assert send_due_advices() == 6
        text = host.clearing(datetime.now(UTC).date())

    taken = take_file(name="clearing.csv", content=text.encode())

    assert (taken.file.line_count, taken.file.matched_count, taken.file.case_count) == (6, 6, 0)
    assert taken.file.completion_cents == 3 * 4200
    assert "9999" not in text


# Differences


def test_a_file_that_agrees_opens_no_case(completions):
    taken = take_file(name="a.csv", content=clearing(*map(line_of, completions)))

    assert (taken.is_new, taken.file.matched_count, taken.file.case_count) == (True, 2, 0)
    assert AuditEntry.objects.filter(action="clearing_file.taken").count() == 1


def test_each_kind_of_difference_is_a_case_with_its_merchant_and_amounts(acme, completions, open_session, token):
    benefit, ordinary = completions
    pay_session(session=open_session(acme), card_token=token(acme, VISA))
    doubled = NetworkAdvice.objects.order_by("pk").last()

    take_file(
        name="a.csv",
        content=clearing(
            replace(line_of(ordinary), amount_cents=1300),
            line_of(doubled), line_of(doubled), a_line(rrn="632699999999"), a_line(rrn="632699999998", acceptor="STRANGER"),
        ),
    )  # fmt: skip

    found = {(c.kind, c.rrn): (c.merchant, c.booked_cents, c.cleared_cents) for c in ClearingCase.objects.all()}
    assert found == {
        ("missing", benefit.rrn): (acme, 3000, 0),
        ("amount", ordinary.rrn): (acme, 1200, 1300),
        ("duplicate", doubled.rrn): (acme, 0, 4200),
        ("extra", "632699999999"): (acme, 0, 3000),
        ("extra", "632699999998"): (None, 0, 3000),
    }
    assert ClearingFile.objects.get().case_count == 5


def test_the_same_file_again_changes_nothing(completions):
    content = clearing(a_line())
    first = take_file(name="a.csv", content=content)

    again = take_file(name="renamed.csv", content=content)

    assert (again.is_new, again.file) == (False, first.file)
    assert (ClearingFile.objects.count(), ClearingLine.objects.count(), ClearingCase.objects.count()) == (1, 1, 3)


def test_another_file_for_the_same_day_and_number_is_refused_and_a_next_number_taken(completions):
    benefit, ordinary = completions
    take_file(name="a.csv", content=clearing(line_of(benefit)))

    with pytest.raises(ClearingFileConflict, match="already"):
        take_file(name="b.csv", content=clearing(line_of(ordinary)))
    assert ClearingLine.objects.count() == 1

    take_file(name="b.csv", content=clearing(line_of(ordinary), sequence=2))
    assert not ClearingCase.objects.filter(is_open=True).exists()


def test_what_one_file_lacks_and_a_later_one_brings_is_closed_by_it(completions):
    today, (benefit, ordinary) = timezone.now().date(), completions
    take_file(name="a.csv", content=clearing(line_of(benefit)))
    case = ClearingCase.objects.get()
    assert (case.kind, case.is_open) == ("missing", True)

    later = take_file(name="b.csv", content=clearing(line_of(ordinary), on=today + timedelta(days=1)))

    case.refresh_from_db()
    assert (case.is_open, case.reason, case.resolved_by) == (False, "Cleared in b.csv.", None)
    assert later.file.case_count == 0


def test_a_completion_of_the_last_hour_may_come_in_the_next_days_file(completions):
    today = timezone.now().date()
    NetworkAdvice.objects.update(created_at=datetime.combine(today, time(23, 30), UTC))

    assert take_file(name="a.csv", content=clearing()).file.case_count == 0
    assert take_file(name="b.csv", content=clearing(on=today + timedelta(days=1))).file.case_count == 2
    assert take_file(name="c.csv", content=clearing(on=today + timedelta(days=2))).file.case_count == 0  # found once


def test_days_without_a_file_are_made_up_for_by_the_next_one(completions):
    today = timezone.now().date()
    take_file(name="a.csv", content=clearing(on=today - timedelta(days=2)))

    assert take_file(name="b.csv", content=clearing(on=today + timedelta(days=1))).file.case_count == 2


def test_a_reversal_is_no_money_that_must_be_cleared(acme, completions):
    NetworkAdvice.objects.update(kind="reversal")

    assert take_file(name="a.csv", content=clearing()).file.case_count == 0


@pytest.mark.parametrize(("void_ended", "missing"), [("succeeded", 0), ("failed", 2)])
def test_only_a_void_that_succeeded_takes_its_completion_back_whatever_else_was_refunded(acme, completions, void_ended, missing):
    payment = Payment.objects.get()
    create_refund(payment=payment, is_void=True)
    RefundLeg.objects.update(status=void_ended)
    if void_ended == "failed":
        Tender.objects.update(refunded_cents=0)
        Payment.objects.update(refunded_cents=0)
        given = create_refund(payment=payment)
        RefundLeg.objects.filter(refund=given).update(status="succeeded")

    take_file(name="a.csv", content=clearing())

    assert ClearingCase.objects.filter(kind="missing", advice__kind="completion").count() == missing


# The folder, the command, the task


def test_a_folder_is_taken_once_and_a_broken_file_keeps_no_other_waiting(tmp_path, completions, settings):
    settings.CLEARING_DIR = tmp_path
    today = timezone.now().date()
    (tmp_path / file_name(today)).write_bytes(clearing(*map(line_of, completions)))
    (tmp_path / "clearing-0000.csv").write_text("H,nonsense\n")

    folder = take_folder(tmp_path)

    assert [one.file.matched_count for one in folder.taken] == [2]
    assert folder.refusals == ["clearing-0000.csv: Line 1 is not the head of a clearing file of our acquirer."]
    (tmp_path / "clearing-0000.csv").unlink()
    assert reconcile_clearing() == 0
    assert take_folder(tmp_path / "nowhere").taken == []


def test_the_command_says_what_it_took_and_what_it_could_not(tmp_path, completions, settings, capsys):
    settings.CLEARING_DIR = tmp_path
    path = tmp_path / "a.csv"
    path.write_bytes(clearing(line_of(completions[0])))

    call_command("reconcile_clearing")
    call_command("reconcile_clearing", str(path))

    assert capsys.readouterr().out.splitlines() == [
        "a.csv: 1 lines, 1 matched, 1 cases opened.",
        "a.csv (taken before): 1 lines, 1 matched, 1 cases opened.",
    ]
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("reconcile_clearing", str(tmp_path / "none.csv"))
    path.write_text("nonsense")
    with pytest.raises(CommandError, match="Line 1"):
        call_command("reconcile_clearing", str(path))


# People


@pytest.fixture
def case(completions) -> ClearingCase:
    take_file(name="a.csv", content=clearing(line_of(completions[0])))
    return ClearingCase.objects.get()


REASON = "The host lost it; sent again and cleared the day after."


@pytest.mark.parametrize(("role", "status", "is_open"), [(RISK, 302, False), (SUPPORT, 403, True), (AUDITOR, 403, True)])
def test_only_risk_resolves_a_case_and_says_why(case, signed_in, role, status, is_open):
    person = staff_person(role)
    client = signed_in(person)

    page = client.get(reverse("admin:checkout_clearingcase_changelist"))
    answer = client.post(f"/admin/checkout/clearingcase/{case.pk}/resolve/", {"reason": REASON})

    case.refresh_from_db()
    assert (page.status_code, answer.status_code, case.is_open) == (200, status, is_open)
    assert case.rrn in page.content.decode()
    assert (case.reason, case.resolved_by) == (("", None) if is_open else (REASON, person))
    assert AuditEntry.objects.filter(action="clearing_case.resolved").exists() is not is_open


def test_a_reason_too_short_and_a_second_resolution_are_refused(case, signed_in):
    person = staff_person(RISK)
    answer = signed_in(person).post(f"/admin/checkout/clearingcase/{case.pk}/resolve/", {"reason": "ok"})
    assert (answer.status_code, ClearingCase.objects.get().is_open) == (200, True)
    with pytest.raises(ClearingRefused, match="sentence"):
        resolve_case(case=case, by=person, reason="   ok     ")

    resolve_case(case=case, by=person, reason=REASON)

    with pytest.raises(ClearingRefused, match="already"):
        resolve_case(case=case, by=person, reason="Another story altogether.")
    assert ClearingCase.objects.get().reason == REASON


def test_the_pages_of_files_and_cases_show_amounts_and_lead_to_the_payment(case, signed_in):
    client = signed_in(staff_person(RISK))

    one = client.get(reverse("admin:checkout_clearingcase_change", args=[case.pk])).content.decode()
    file = client.get(reverse("admin:checkout_clearingfile_change", args=[case.file_id])).content.decode()

    assert "$12.00" in one
    assert reverse("admin:checkout_payment_change", args=[Payment.objects.get().pk]) in one
    assert f"/admin/checkout/clearingcase/{case.pk}/resolve/" in one
    assert "Not cleared" in file


def test_lines_of_a_file_are_csv_that_any_spreadsheet_opens(tmp_path: Path):
    rows = list(csv.reader(io.StringIO(clearing(a_line()).decode())))

    assert [row[0] for row in rows] == ["H", "D", "T"]


@pytest.mark.parametrize("count", [10, 3_000])
def test_a_long_file_takes_no_more_questions_than_a_short_one(completions, django_assert_max_num_queries, count):
    multiply_completions(completions[0], count)
    content = clearing(*map(line_of, NetworkAdvice.objects.order_by("pk")))

    with django_assert_max_num_queries(25):
        taken = take_file(name="long.csv", content=content)

    assert (taken.file.matched_count, taken.file.case_count) == (count + 2, 0)
