"""Disputes and retrievals from the acquirer's file to their end, and what they do to the balance."""

from __future__ import annotations

import base64
import json
import subprocess
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from checkout.clearing.lateness import tell_of_late_feeds
from checkout.disputes import opening, pack
from checkout.disputes.errors import DisputeClosed, DisputeEvidenceMissing, DisputeFilesTooMany
from checkout.disputes.packing import build_pack, build_packs
from checkout.disputes.selectors import latest_pack
from checkout.disputes.sending import send_answers
from checkout.disputes.services import accept_dispute, add_evidence, submit_dispute, tend_disputes
from checkout.disputes.take import take_dispute_file, take_dispute_folder
from checkout.integrity import findings
from checkout.metrics import exposition
from checkout.models import (
    ClearingFile,
    Dispute,
    DisputeMessageFile,
    EvidencePack,
    NetworkAdvice,
    Payment,
    Refund,
    Tender,
    UnknownDispute,
)
from checkout.network.dispute_file import DisputeFileBroken, DisputeMessage, read_disputes, write_disputes
from checkout.refunds.errors import RefundTooLarge
from checkout.refunds.preview import preview_refund
from checkout.refunds.services import create_refund
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, VISA
from checkout.tests.held import BASKET, ELIGIBLE, TOTAL, assert_book_balances, events, send_everything
from common.models import IdempotencyKey
from eligibility.reviews.evidence_files import checked_file
from ledger.selectors import merchant_balance
from notices.models import Notice
from people.models import User
from people.roles import give_role
from vault import merchant_keys

pytestmark = pytest.mark.django_db
FEE = 1500
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


def message(payment, kind="dispute", *, card="benefit", code="13.1", cents=None, number="CB-1", days=20, **fields):
    tender = payment.tenders.get(kind=card)
    now = timezone.now()
    values = {
        "kind": kind, "case_number": number, "network": tender.network, "reason_code": code, "rrn": tender.rrn, "stan": tender.stan,
        "amount_cents": cents or tender.captured_cents, "said_at": now, "due_at": now + timedelta(days=days),
    }  # fmt: skip
    return DisputeMessage(**{**values, **fields})


def take(*messages, name="disputes.csv"):
    taken = take_dispute_file(name=name, content=content_of(*messages))
    build_packs()
    return taken


def content_of(*messages):
    return write_disputes(list(messages), on=timezone.now().date()).encode()


def decided(kind, number="CB-1"):
    return DisputeMessage(kind, number, "visa", "13.1", "", "", 0, timezone.now(), None)


def balance(payment):
    return merchant_balance(payment.merchant).total_cents


def only():
    return Dispute.objects.get()


def test_a_file_comes_back_as_it_was_written(sold):
    messages = [message(sold), decided("won")]

    assert read_disputes(write_disputes(messages, on=timezone.now().date())) == messages


def test_a_broken_file_is_refused_whole(sold):
    text = write_disputes([message(sold)], on=timezone.now().date())

    for broken in (text[:-5], text.replace("dispute,", "diverse,"), "", "H,other"):
        with pytest.raises(DisputeFileBroken):
            take_dispute_file(name="x.csv", content=broken.encode())
    assert not Dispute.objects.exists()


def test_a_dispute_takes_the_amount_and_the_fee_from_the_balance_once(sold, acme_owner):
    before = balance(sold)

    take(message(sold))
    take(message(sold))
    take(message(sold, days=21), name="again.csv")

    assert (only().status, only().debited_cents, only().fee_cents) == ("needs_response", ELIGIBLE, FEE)
    assert balance(sold) == before - ELIGIBLE - FEE
    assert [e.type for e in events("dispute.opened")] == ["dispute.opened"]
    assert Notice.objects.filter(user=acme_owner, topic="dispute.opened").count() == 1
    assert_book_balances()


def test_it_never_takes_more_than_the_captured_rest(sold):
    create_refund(payment=sold, amount_cents=None)
    before = balance(sold)

    take(message(sold))

    assert (only().amount_cents, only().debited_cents) == (ELIGIBLE, 0)
    assert balance(sold) == before - FEE


def test_two_disputes_of_one_charge_take_it_once(sold):
    take(message(sold, cents=2000), message(sold, number="CB-2"))

    assert sum(d.debited_cents for d in Dispute.objects.all()) == ELIGIBLE
    assert Tender.objects.get(kind="benefit").disputed_cents == ELIGIBLE


def test_won_gives_back_what_was_taken_and_keeps_the_fee(sold):
    before = balance(sold)
    take(message(sold))

    take(decided("won"))
    take(decided("won"), name="b.csv")
    take(decided("lost"), name="c.csv")

    assert (only().status, balance(sold)) == ("won", before - FEE)
    assert Tender.objects.get(kind="benefit").disputed_cents == 0
    assert [f for f in findings() if f.broken] == []
    assert_book_balances()


def test_lost_keeps_it_taken(sold):
    before = balance(sold)
    take(message(sold))

    take(decided("lost"))

    assert (only().status, balance(sold)) == ("lost", before - ELIGIBLE - FEE)


def test_what_is_disputed_is_not_refunded_as_well(sold):
    take(message(sold))

    with pytest.raises(RefundTooLarge) as refused:
        create_refund(payment=sold, amount_cents=TOTAL - ELIGIBLE + 1)
    with pytest.raises(RefundTooLarge):
        create_refund(payment=sold, is_void=True)

    assert refused.value.details["refundable_cents"] == TOTAL - ELIGIBLE == 1166
    assert not Refund.objects.exists()


@pytest.mark.parametrize(("asked_cents", "given_cents"), [(None, 1166), (1000, 1000)])
def test_beside_a_dispute_of_one_card_what_the_other_paid_can_go_back(sold, asked_cents, given_cents):
    take(message(sold))

    assert preview_refund(payment=sold, amount_cents=asked_cents).refundable_cents == 1166
    refund = create_refund(payment=sold, amount_cents=asked_cents)

    assert [(leg.tender.kind, leg.amount_cents) for leg in refund.legs.all()] == [("ordinary", given_cents)]
    assert [f.broken for f in findings() if f.broken] == []


def test_of_a_card_that_is_disputed_in_part_the_rest_can_go_back(sold):
    take(message(sold, cents=1000))

    refund = create_refund(payment=sold)

    assert sorted((leg.tender.kind, leg.amount_cents) for leg in refund.legs.all()) == [
        ("benefit", ELIGIBLE - 1000),
        ("ordinary", 1166),
    ]
    with pytest.raises(RefundTooLarge):
        create_refund(payment=sold)
    take(decided("won"))
    assert create_refund(payment=sold).amount_cents == 1000


@pytest.fixture
def globex_sold(globex, open_session, token):
    session = open_session(globex, BASKET)
    pay_session(session=session, benefit_token=token(globex, FSA), card_token=token(globex, VISA))
    return Payment.objects.get(session=session)


def test_a_locked_key_lets_every_dispute_be_booked_and_only_its_own_packs_wait(sold, globex_sold, settings, tmp_path):
    settings.DISPUTES_DIR = tmp_path
    locked, open_ = message(sold, "retrieval", code="6343", number="RR-1"), message(globex_sold, number="CB-2")
    (tmp_path / "a.csv").write_bytes(content_of(message(sold), locked, open_))
    before = balance(sold), balance(globex_sold)
    merchant_keys.lock_key(merchant_id=sold.merchant_id)

    assert (take_dispute_folder(tmp_path), take_dispute_folder(tmp_path)) == (1, 0)
    assert (balance(sold), balance(globex_sold)) == (before[0] - ELIGIBLE - FEE, before[1] - ELIGIBLE - FEE)
    assert (build_packs(), build_packs(), send_answers()) == (1, 0, 0)
    assert EvidencePack.objects.get().dispute.case_number == "CB-2"

    merchant_keys.unlock_key(merchant_id=sold.merchant_id)
    assert (build_packs(), build_packs(), send_answers()) == (2, 0, 1)
    assert dict(Dispute.objects.values_list("case_number", "status")) == {
        "CB-1": "needs_response", "RR-1": "submitted", "CB-2": "needs_response",
    }  # fmt: skip


def test_a_case_that_cannot_be_booked_keeps_no_other_waiting_and_is_tried_again(sold, globex_sold, tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_bytes(content_of(message(sold), message(globex_sold, number="CB-2")))
    (tmp_path / "b.csv").write_bytes(content_of(message(sold, card="ordinary", number="CB-3")))
    real = opening.book_debit

    def broken(dispute):
        if dispute.case_number == "CB-1":
            raise DatabaseError("it does not fit")
        real(dispute)

    with monkeypatch.context() as patched:
        patched.setattr(opening, "book_debit", broken)
        assert take_dispute_folder(tmp_path) == 1
    assert set(Dispute.objects.values_list("case_number", flat=True)) == {"CB-2", "CB-3"}

    assert (take_dispute_folder(tmp_path), take_dispute_folder(tmp_path)) == (1, 0)
    assert Dispute.objects.count() == 3
    assert [f.broken for f in findings() if f.broken] == []


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_pack_is_set(sold, monkeypatch):
    open_transactions = []
    real = pack._pdf
    monkeypatch.setattr(pack, "_pdf", lambda record: open_transactions.append(connection.in_atomic_block) or real(record))

    take(message(sold))

    assert open_transactions == [False]


def test_a_pack_that_is_built_late_does_not_answer_a_case_that_is_over(sold):
    take_dispute_file(name="a.csv", content=content_of(message(sold, "retrieval", code="6343", number="RR-1")))
    accept_dispute(dispute=only())

    assert build_pack(only().pk) == build_pack(only().pk)

    assert (only().status, EvidencePack.objects.count()) == ("accepted", 1)


def test_an_answer_that_is_given_before_its_pack_was_built_takes_the_pack_along(sold, settings, tmp_path):
    settings.DISPUTES_DIR = tmp_path
    take_dispute_file(name="a.csv", content=content_of(message(sold)))
    add_evidence(dispute=only(), words="Delivered on Monday.")
    submit_dispute(dispute=only())

    assert send_answers() == 1

    assert sorted(p.name for p in (tmp_path / "answers" / only().public_id).iterdir()) == [
        "items.json",
        "items.pdf",
        "statement.txt",
    ]


def test_a_line_about_nothing_of_ours_is_counted(sold):
    take(message(sold, rrn="000000000000"))

    assert DisputeMessageFile.objects.get().unknown_count == 1
    assert not Dispute.objects.exists()


def test_a_case_about_an_unknown_charge_is_told_of_and_opened_once_the_charge_is_known(sold, tmp_path):
    risk = User.objects.create(username="risk", email="risk@example.com")
    give_role(user=risk, role="risk")
    charged = sold.tenders.get(kind="benefit")
    (tmp_path / "one.csv").write_bytes(content_of(message(sold), decided("won")))
    Tender.objects.filter(pk=charged.pk).update(rrn="000000000000")  # as after a restore: the charge is not there yet

    assert take_dispute_folder(tmp_path) == 1
    assert list(UnknownDispute.objects.values_list("kind", "known_at")) == [("dispute", None), ("won", None)]
    assert [notice.topic for notice in Notice.objects.filter(user=risk)] == ["card_dispute.unknown"]
    assert "fsa_disputes_unknown 2" in exposition()
    Tender.objects.filter(pk=charged.pk).update(rrn=charged.rrn)

    assert [take_dispute_folder(tmp_path), take_dispute_folder(tmp_path)] == [0, 0]

    assert (only().status, only().debited_cents) == ("won", ELIGIBLE)
    assert not UnknownDispute.objects.filter(known_at=None).exists()
    assert_book_balances()


def test_people_of_risk_are_told_when_the_acquirers_files_stop_coming(sold, settings):
    risk = User.objects.create(username="risk", email="risk@example.com")
    give_role(user=risk, role="risk")
    send_everything()
    settings.IS_SANDBOX = False
    assert tell_of_late_feeds() == 0
    NetworkAdvice.objects.update(created_at=timezone.now() - timedelta(days=8))

    assert tell_of_late_feeds() == 2

    assert {notice.topic for notice in Notice.objects.filter(user=risk)} == {"card_files.late"}
    assert 'fsa_card_files_late{kind="clearing"} 1' in exposition()
    settings.IS_SANDBOX = True
    take()
    settings.IS_SANDBOX = False
    ClearingFile.objects.create(
        name="clearing.csv",
        business_on=timezone.now().date(),
        sha256="0" * 64,
        line_count=0,
        completion_cents=0,
        refund_cents=0,
    )
    assert tell_of_late_feeds() == 0


def test_an_audit_of_substantiation_answers_itself_with_the_item_record(sold, settings, tmp_path):
    settings.DISPUTES_DIR = tmp_path

    take(message(sold, "retrieval", code="6343", number="RR-1"))

    found = only()
    assert (found.status, found.is_answered_by_itself, found.debited_cents, found.fee_cents) == ("submitted", True, 0, 0)
    pack = latest_pack(found)
    record = json.loads(pack.record)
    (item,) = record["items"]
    assert (item["gtin"], item["charged_to_card_cents"], item["evidence"]) == ("00300450449108", ELIGIBLE, "list")
    assert item["versions"]["list"]
    assert record["sale"]["receipt_number"] == sold.receipt.number
    assert record["card"]["charged_cents"] == ELIGIBLE
    assert (send_answers(), send_answers()) == (1, 0)
    folder = tmp_path / "answers" / found.public_id
    assert sorted(p.name for p in folder.iterdir()) == ["items.json", "items.pdf"]
    words = subprocess.run(
        ["pdftotext", "-layout", str(folder / "items.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert sold.receipt.number in words
    assert "00300450449108" in words


def test_an_incomplete_record_waits_for_the_merchant(sold):
    sold.tenders.filter(kind="benefit").update(captured_cents=ELIGIBLE - 3)  # the book and the lines disagree

    take(message(sold, "retrieval", code="6343", number="RR-1"))

    assert only().status == "needs_response"
    assert EvidencePack.objects.get().missing == ["The items do not add up to what the card was charged."]


def test_other_requests_for_documents_wait_for_the_merchant(sold):
    take(message(sold, "retrieval", code="6341", number="RR-1"))

    assert only().status == "needs_response"


def test_answering_keeps_words_and_files_and_happens_once(sold, settings, tmp_path):
    settings.DISPUTES_DIR = tmp_path
    take(message(sold))
    file = checked_file("delivery.png", PNG)

    add_evidence(dispute=only(), words="Delivered on Monday.", files=[file, file])
    add_evidence(dispute=only(), files=[file])
    submit_dispute(dispute=only())
    submit_dispute(dispute=only())

    assert (only().status, only().files.count(), len(events("dispute.submitted"))) == ("submitted", 1, 1)
    send_answers()
    names = sorted(p.name for p in (tmp_path / "answers" / only().public_id).iterdir())
    assert names == ["01-delivery.png", "items.json", "items.pdf", "statement.txt"]
    with pytest.raises(DisputeClosed):
        add_evidence(dispute=only(), words="Too late")
    with pytest.raises(DisputeClosed):
        accept_dispute(dispute=only())


def test_too_many_files_are_refused(sold):
    take(message(sold))

    with pytest.raises(DisputeFilesTooMany):
        add_evidence(dispute=only(), files=[checked_file("a.png", PNG + bytes([i])) for i in range(11)])
    assert not only().files.exists()


def test_nothing_to_say_cannot_be_submitted(sold):
    sold.tenders.filter(kind="benefit").update(captured_cents=ELIGIBLE - 3)
    take(message(sold))

    with pytest.raises(DisputeEvidenceMissing):
        submit_dispute(dispute=only())


def test_accepting_ends_it_without_moving_money(sold):
    take(message(sold))
    before = balance(sold)

    accept_dispute(dispute=only())
    accept_dispute(dispute=only())

    assert (only().status, balance(sold), len(events("dispute.accepted"))) == ("accepted", before, 1)


@pytest.mark.parametrize(
    ("end", "update", "broken"),
    [
        ("won", {"status": "lost"}, 3),
        ("lost", {"status": "won"}, 3),
        (None, {"debited_cents": ELIGIBLE - 1}, 3),
        (None, {"fee_cents": FEE - 1}, 2),
    ],
)
def test_a_dispute_that_the_book_does_not_know_so_is_named(sold, end, update, broken):
    take(message(sold))
    if end:
        take(decided(end))
    assert [f for f in findings() if f.broken] == []

    Dispute.objects.update(**update)

    told = [name for f in findings() for name, _ in f.broken]
    assert (len(told), only().public_id in told) == (broken, True)


def test_a_card_that_says_more_is_disputed_than_its_disputes_do_is_named(sold):
    take(message(sold, cents=500))
    Tender.objects.filter(kind="benefit").update(disputed_cents=501)

    assert [f.broken for f in findings() if f.broken] == [
        [(f"tender 1 of {sold.public_id}", "disputed 501, its disputes 500 cents")]
    ]


def test_it_is_reminded_of_once_and_closed_when_it_is_over(sold):
    take(message(sold, days=4))

    assert (tend_disputes(), tend_disputes()) == (1, 0)
    assert len(events("dispute.due_soon")) == 1
    Dispute.objects.update(due_at=timezone.now())
    with pytest.raises(DisputeClosed):
        submit_dispute(dispute=only())

    assert (tend_disputes(), only().status) == (1, "expired")
    take(decided("lost"))
    assert only().status == "lost"


def test_the_sandbox_disputes_a_payment(sold, settings, tmp_path, capsys):
    settings.DISPUTES_DIR = tmp_path

    call_command("sandbox_dispute", sold.public_id, "--reason", "13.1", "--card", "ordinary", "--amount-cents", "500")
    call_command("sandbox_dispute", only().public_id, "--decide", "won")

    assert (only().status, only().tender.kind, only().debited_cents) == ("won", "ordinary", 500)


def test_the_api_lists_shows_and_answers(acme_api, sold):
    take(message(sold))
    listed = acme_api.get("/v1/disputes?status=needs_response").json()["data"]
    (row,) = listed
    assert (row["reason"]["title"], row["pack"]["is_complete"], row["debited_cents"]) == ("Not received", True, ELIGIBLE)
    address = f"/v1/disputes/{row['id']}"
    assert acme_api.get(f"{address}/pack").json()["format"] == "fsa-item-record/1"

    files = [{"name": "slip.png", "content": base64.b64encode(PNG).decode()}]
    added = acme_api.post(f"{address}/evidence", {"statement": "It came.", "files": files}).json()
    answered = acme_api.post(f"{address}/submit", {}).json()

    assert (added["statement"], [f["name"] for f in added["files"]]) == ("It came.", ["slip.png"])
    assert answered["status"] == "submitted"
    assert acme_api.post(f"{address}/accept", {}).json()["error"]["code"] == "dispute_closed"


@pytest.mark.parametrize(
    "body",
    [{}, {"files": [{"name": "x.exe", "content": base64.b64encode(b"MZ...").decode()}]}, {"statement": "4111 1111 1111 1111"}, {"statement": "x" * 5001}],
)  # fmt: skip
def test_the_api_refuses_what_it_cannot_keep(acme_api, sold, body):
    take(message(sold))

    assert acme_api.post(f"/v1/disputes/{only().public_id}/evidence", body).status_code == 400
    assert not only().files.exists()


@pytest.mark.parametrize("step", ["evidence", "submit", "accept"])
def test_a_statement_lies_in_no_kept_answer(acme_api, sold, step):
    take(message(sold))
    found = add_evidence(dispute=only(), words="SECRETWORDS of the patient")
    body = {"statement": "SECRETWORDS of the patient"} if step == "evidence" else None
    path = f"/v1/disputes/{found.public_id}/{step}"

    answer = acme_api.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="once")
    again = acme_api.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="once")

    assert answer.status_code == 200, answer.content
    assert answer.json()["statement"] == "SECRETWORDS of the patient"
    assert "SECRETWORDS" not in IdempotencyKey.objects.get(key="once").body
    assert again.json() == {**answer.json(), "statement": None}


def test_another_merchant_sees_nothing(globex_api, sold):
    take(message(sold))

    assert globex_api.get("/v1/disputes").json()["data"] == []
    for way in ("", "/pack"):
        assert globex_api.get(f"/v1/disputes/{only().public_id}{way}").status_code == 404
    for verb in ("evidence", "accept", "submit"):
        assert (
            globex_api.post(
                f"/v1/disputes/{only().public_id}/{verb}", {"statement": "x"} if verb == "evidence" else {}
            ).status_code
            == 404
        )


def test_the_api_says_which_states_there_are(acme_api):
    answer = acme_api.get("/v1/disputes?status=lots")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "status")
    assert "needs_response" in answer.json()["error"]["message"]


def test_a_pack_that_is_not_built_yet_is_not_found(acme_api, sold, monkeypatch):
    take(message(sold, "retrieval", code="6341", number="RR-1"))
    monkeypatch.setattr("checkout.disputes.api.latest_pack", lambda _: None)
    dispute = Dispute.objects.get()

    answer = acme_api.get(f"/v1/disputes/{dispute.public_id}/pack")

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")
