"""The side of risk: taking an application up, checking, asking back, and the first of the two words. Each is in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from common.card_numbers import hide_card_numbers
from merchants.errors import ApplicationChecksOpen, ApplicationState, LimitInvalid, ReasonNeeded, SecondPersonNeeded
from merchants.limits.services import LIMITS, written
from merchants.onboarding import letters
from merchants.onboarding.models import Application, ApplicationCheck, ApplicationMessage, ApplicationPerson
from merchants.two_persons import require_another, require_risk
from people.models import User
from vault.audit.services import record_about

Status, Verdict, Word = Application.Status, Application.Verdict, ApplicationCheck.Status


@transaction.atomic
def take_up(*, by: User, application: Application) -> Application:
    """Begin to check a submitted application, or take over from a colleague. Safe to repeat."""
    locked = under_review(by, application, Status.SUBMITTED, Status.IN_REVIEW)
    if locked.status == Status.SUBMITTED or locked.reviewer_id != by.pk:
        locked.status, locked.reviewer = Status.IN_REVIEW, by
        locked.save(update_fields=["status", "reviewer"])
        record_about(locked, "taken_up")
    return locked


@transaction.atomic
def ask_back(*, by: User, application: Application, question: str) -> ApplicationMessage:
    """Ask the applicant for something, by mail and on their page; they may change everything until they submit again."""
    locked = under_review(by, application, Status.SUBMITTED, Status.IN_REVIEW)
    words = hide_card_numbers(question.replace("\x00", "").strip())[:4000]
    if len(words) < 10:
        raise ReasonNeeded("Write the question in a sentence: the applicant reads it.", param="question")
    _no_proposal(locked)
    message = ApplicationMessage.objects.create(application=locked, by=by, body=words)
    locked.status, locked.reviewer = Status.MORE_NEEDED, locked.reviewer or by
    locked.save(update_fields=["status", "reviewer"])
    record_about(locked, "asked_back")
    letters.send_question(locked, words)
    return message


@transaction.atomic
def judge(*, by: User, application: Application, kind: str, word: str, reason: str = "") -> ApplicationCheck:
    """Say of a check that it passed or failed, or open it again; or that it may be waived, which a second person must agree to."""
    locked = under_review(by, application, Status.IN_REVIEW)
    _no_proposal(locked)
    check = ApplicationCheck.objects.select_for_update().get(application=locked, kind=kind)
    why = " ".join(reason.replace("\x00", "").split())[:500]
    if word not in {Word.PASSED, Word.OPEN}:
        why = written(reason)
    if kind == "screening" and word == Word.PASSED and len(why) < 10:
        raise ReasonNeeded("Write what you looked up, when, and the result: no machine has done it.", param="reason")
    if word == Word.WAIVED:
        if check.status != Word.WAIVER_ASKED:
            raise ApplicationState("A waiver is asked for first, by somebody else.")
        require_another(by, check.by_id, locked.merchant)
        check.second = by
    else:
        check.by, check.second = by, None
    before, check.status, check.reason = check.status, Word(word), why
    check.save()
    record_about(locked, "checked", reason=why, details={"check": kind, "word": word, "before": before})
    return check


@transaction.atomic
def propose(
    *, by: User, application: Application, verdict: str, reason: str, limits: Mapping[str, int | None] | None = None
) -> Application:
    """The first person's word. An approval needs every check settled and the limits that will hold from the first sale."""
    locked = under_review(by, application, Status.IN_REVIEW)
    _no_proposal(locked)
    why = written(reason)
    wanted: dict[str, int | None] = {}
    if verdict == Verdict.APPROVE:
        if any(not check.is_settled for check in locked.checks.all()):
            raise ApplicationChecksOpen()
        wanted = {name: (limits or {}).get(name) for name in LIMITS}
        if any(value is None or value <= 0 for value in wanted.values()):
            raise LimitInvalid("A new merchant begins with all four limits: give each an amount.")
    locked.verdict, locked.verdict_reason, locked.wanted_limits = Verdict(verdict), why, wanted
    locked.proposed_by, locked.proposed_at = by, timezone.now()
    locked.save()
    record_about(locked, "proposed", reason=why, details={"verdict": verdict, "limits": wanted})
    return locked


@transaction.atomic
def take_back(*, by: User, application: Application) -> None:
    """Put a proposal aside, one's own or a colleague's: the checking goes on. Safe to repeat."""
    locked = under_review(by, application, Status.IN_REVIEW)
    if locked.verdict:
        record_about(locked, "proposal_put_aside", details={"verdict": locked.verdict})
        locked.verdict, locked.verdict_reason, locked.wanted_limits = "", "", {}
        locked.proposed_by, locked.proposed_at = None, None
        locked.save()


@transaction.atomic
def reveal(*, by: User, person: ApplicationPerson, reason: str) -> str:
    """The whole social security number of somebody, for a reason that is kept."""
    require_risk(by, person.application.merchant)
    record_about(
        person, "revealed", fields=["ssn"], reason=written(reason), details={"application": person.application.public_id}
    )
    return str(person.ssn)


def under_review(by: User, application: Application, *states: str) -> Application:
    """The row as it is now, locked, for a person of risk who is not the applicant."""
    require_risk(by, application.merchant)
    if by.email_index and by.email_index == application.email_index:
        raise SecondPersonNeeded("This is your own application: others must look at it.")
    locked = Application.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=application.pk)
    if locked.status not in states:
        raise ApplicationState(f"The application is {locked.get_status_display()} by now.")
    return locked


def _no_proposal(locked: Application) -> None:
    if locked.verdict:
        raise ApplicationState("A decision is proposed: agree to it or put it aside first.")
