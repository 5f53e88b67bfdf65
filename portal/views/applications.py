"""Risk's side of applications: the queue, one application with its checks, and two people's word."""

from __future__ import annotations

import base64
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from merchants.onboarding import deciding, reviewing
from merchants.onboarding.models import Application, ApplicationCheck, ApplicationDocument, ApplicationPerson
from merchants.onboarding.selectors import applications, counts
from people.models import User
from people.roles import AUDITOR, RISK, has_role
from portal.access import staff_page
from portal.application_forms import LimitsForm
from portal.application_rows import application_rows, check_rows, first_limits, person_row
from portal.chargeback_rows import download
from portal.views.pages import older_page
from vault.display import shown

Status = Application.Status


@never_cache
@staff_page(RISK, AUDITOR, across_merchants="people of risk look at every applicant, and at the merchant that one became")
def queue(request: HttpRequest) -> HttpResponse:
    status = request.GET.get("status", "")
    status = status if status in Status.values and status != Status.DRAFT else ""
    rows, next_url = older_page(request, applications(status).select_related("reviewer"))
    witness.saw_list(Application, count=len(rows), filters={"status": status})
    number = counts()
    states = [(value, word, number.get(value, 0)) for value, word in Status.choices if value != Status.DRAFT]
    context = {
        "rows": application_rows(rows),
        "status": status,
        "states": states,
        "next_url": next_url,
        "section": "applications",
    }
    return render(request, "staff/applications.html", {**context, "is_staff_page": True})


@never_cache
@staff_page(RISK, AUDITOR, across_merchants="people of risk look at every applicant, and at the merchant that one became")
def application(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, _application(public_id))


@require_POST
@staff_page(RISK, across_merchants="people of risk look at every applicant, and at the merchant that one became")
def do(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """take, ask, judge, propose, aside, decide."""
    assert isinstance(request.user, User)
    found, by, post = _application(public_id), request.user, request.POST
    reason = post.get("reason", "")
    limits = LimitsForm(post)
    deeds: dict[str, tuple[Callable[[], object], str]] = {
        "take": (lambda: reviewing.take_up(by=by, application=found), "It is yours to check."),
        "ask": (lambda: reviewing.ask_back(by=by, application=found, question=post.get("question", "")), "Asked, by mail and on their page."),
        "judge": (lambda: _judge(by, found, post.get("kind", ""), post.get("word", ""), reason), "Written down."),
        "propose": (
            lambda: reviewing.propose(
                by=by, application=found, verdict=_verdict(post.get("verdict", "")), reason=reason,
                limits=limits.cleaned_data if limits.is_valid() else None,
            ), "Proposed. Another person of risk decides.",
        ),
        "aside": (lambda: reviewing.take_back(by=by, application=found), "The proposal is put aside."),
        "decide": (lambda: deciding.decide(by=by, application=found, seen=post.get("seen", "")), "Decided. The applicant is written to."),
    }  # fmt: skip
    if verb not in deeds:
        return redirect("staff:application", public_id)
    change, done = deeds[verb]
    try:
        change()
    except PlatformError as refusal:
        return _page(
            request, _application(public_id), status=refusal.http_status, refusal=refusal, failed=verb, typed_reason=reason[:500]
        )
    messages.success(request, done)
    return redirect("staff:application", public_id)


def _judge(by: User, found: Application, kind: str, word: str, reason: str) -> None:
    get_object_or_404(ApplicationCheck, application=found, kind=kind[:20])
    if word in ApplicationCheck.Status.values:
        reviewing.judge(by=by, application=found, kind=kind, word=word, reason=reason)


def _verdict(word: str) -> str:
    return word if word in Application.Verdict.values else Application.Verdict.DECLINE


@require_POST
@staff_page(RISK, across_merchants="people of risk look at every applicant, and at the merchant that one became")
def reveal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Somebody's whole number, once, on the answer to this very request."""
    assert isinstance(request.user, User)
    person = get_object_or_404(ApplicationPerson.objects.select_related("application"), public_id=public_id)
    try:
        number = reviewing.reveal(by=request.user, person=person, reason=request.POST.get("reason", ""))
    except PlatformError as refusal:
        return _page(request, person.application, status=refusal.http_status, refusal=refusal)
    return _page(request, person.application, revealed={person.public_id: f"{number[:3]}-{number[3:5]}-{number[5:]}"})


@never_cache
@staff_page(RISK, across_merchants="people of risk look at every applicant, and at the merchant that one became")
def document(request: HttpRequest, public_id: str) -> HttpResponse:
    paper = get_object_or_404(ApplicationDocument, public_id=public_id)
    witness.saw(paper)
    return download(base64.b64decode(str(paper.content)), name=paper.title, content_type=paper.content_type)


def _application(public_id: str) -> Application:
    rows = Application.objects.select_related("merchant", "reviewer", "proposed_by", "decided_by").exclude(status=Status.DRAFT)
    return get_object_or_404(rows, public_id=public_id)


def _page(
    request: HttpRequest, found: Application, *, status: int = 200, revealed: dict[str, str] | None = None, **extra: object
) -> HttpResponse:
    assert isinstance(request.user, User)
    user, may_act = request.user, has_role(request.user, RISK)
    witness.saw(found)
    people = [person_row(person, is_masked=not may_act) for person in found.people.all()]
    for row in people:
        row["whole"] = (revealed or {}).get(row["public_id"], "")
    context = {
        "application": found, "checks": check_rows(found, me=user.pk), "people": people, "documents": found.documents.all(),
        "messages_so_far": found.messages.select_related("by"), "ein": shown(found, "ein") if may_act else "•••",
        "email": shown(found, "email") if may_act else "•••", "may_act": may_act,
        "seen": deciding.seen_of(found), "is_proposer": found.proposed_by_id == user.pk, "limits": LimitsForm(initial=found.wanted_limits or first_limits(found)),
        "open_checks": sum(not check.is_settled for check in found.checks.all()), "section": "applications", "is_staff_page": True,
        **extra,
    }  # fmt: skip
    return render(request, "staff/application.html", context, status=status)
