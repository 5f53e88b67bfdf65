"""An answer that nobody waited for any more: an approval among them holds a shopper's money, so it is given back."""

from __future__ import annotations

from django.db import connection, transaction

from checkout.locking import lock_session
from checkout.models import LateAnswer, Tender
from checkout.network.late import LateAnswer as Heard
from checkout.network.responses import message_for
from checkout.network.types import AuthorisationResult
from checkout.services.release import reverse_again
from common.scopes import across_merchants
from vault.audit.services import record_about

Outcome = LateAnswer.Outcome


@across_merchants("an answer names no merchant; the charge that it is about does")
def record_late_answer(heard: Heard) -> None:
    """Find the charge, see to it that nothing stays held, and leave a row. A repeat leaves another row and moves nothing more."""
    try:
        with transaction.atomic():
            _record(heard)
    finally:
        if not connection.in_atomic_block:
            connection.close()  # the thread that calls this has nothing more to ask for hours


def _record(heard: Heard) -> None:
    tender = _tender_of(heard)
    outcome = _settled(tender, heard)
    LateAnswer.objects.create(
        tender=tender, outcome=outcome, message_type=heard.message_type, stan=heard.stan, rrn=heard.rrn, acceptor=heard.acceptor,
        terminal=heard.terminal, response_code=heard.response_code, approved_cents=heard.approved_cents, late_by_ms=heard.late_by_ms,
    )  # fmt: skip
    if tender is not None:
        told = {"rrn": heard.rrn, "code": heard.response_code, "approved_cents": heard.approved_cents, "outcome": outcome.value}
        record_about(tender.payment, "answered_late", details=told)


def _tender_of(heard: Heard) -> Tender | None:
    if heard.message_type != "0110":
        return None
    found: Tender | None = (
        Tender.objects.select_related("payment")
        .filter(rrn=heard.rrn, stan=heard.stan, acceptor__terminal_id=heard.terminal, acceptor__card_acceptor_id=heard.acceptor)
        .first()
    )
    return found


def _settled(tender: Tender | None, heard: Heard) -> LateAnswer.Outcome:
    if heard.message_type != "0110":
        return Outcome.ADVICE
    if tender is None:
        return Outcome.UNKNOWN
    if not heard.approved_cents:
        return Outcome.DECLINED
    lock_session(tender.payment.session_id)
    tender.refresh_from_db(fields=["status"])
    if tender.status == Tender.Status.PENDING:  # whoever ends the attempt, its caller or the sweep, reverses it after this
        return Outcome.REVERSED
    if tender.status != Tender.Status.REVERSED:
        return Outcome.KNOWN
    reverse_again(tender=tender, answer=_as_result(heard))
    return Outcome.REVERSED


def _as_result(heard: Heard) -> AuthorisationResult:
    return AuthorisationResult(
        "approved",
        heard.approved_cents,
        heard.response_code,
        heard.auth_code,
        heard.network_reference,
        message_for(heard.response_code),
    )
