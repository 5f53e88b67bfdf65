"""The review queue: one group of alike items at a time, decided by keyboard, mouse or touch."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from eligibility.models import DisputeFile, ReviewRequest
from eligibility.reviews.claiming import Claim, claim_next, release
from eligibility.reviews.deciding import decide_group, undo_group
from eligibility.taxonomy import taxonomy
from people.models import User
from people.roles import AUDITOR, CLINICIAN, CURATOR, LEAD_CURATOR, SUPPORT
from portal.access import staff_page
from portal.dispute_rows import file_answer
from portal.review_numbers import numbers_page
from portal.review_rows import category_groups, group_card, queue_counts

REVIEWERS = (SUPPORT, CURATOR, LEAD_CURATOR, CLINICIAN)
ACROSS = "reviewers decide what waits at every merchant"
SKIPPED, MOST_SKIPPED = "reviews_skipped", 200


@never_cache
@staff_page(*REVIEWERS, across_merchants=ACROSS)
def queue(request: HttpRequest) -> HttpResponse:
    """The page with the first group on it; without JavaScript each decision loads it anew."""
    claim = _next(request)
    context = {
        "section": "reviews", "is_staff_page": True, "card": _card(request, claim), "counts": queue_counts(), "reason": _reason(request),
        "reasons": ReviewRequest.Reason.choices, "categories": category_groups(), "decided": request.session.get("reviews_decided", 0),
        "last_claim": request.session.get("reviews_last", ""),
    }  # fmt: skip
    return render(request, "staff/reviews.html", context)


@never_cache
@require_POST
@staff_page(*REVIEWERS, across_merchants=ACROSS)
def following(request: HttpRequest) -> HttpResponse:
    """The next group as a piece of the page; `besides` names the one on the screen. 204 where nothing waits."""
    claim = _next(request, besides=request.POST.getlist("besides")[:4])
    return HttpResponse(_card(request, claim)) if claim else HttpResponse(status=204)


@require_POST
@staff_page(*REVIEWERS, across_merchants=ACROSS)
def decide(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    given = request.POST
    try:
        decided = decide_group(
            user=request.user, claim=given.get("claim", "")[:40], category_code=given.get("category") or given.get("other", ""),
            request_ids=_ids(given.getlist("item")), note=given.get("note", "").replace("\x00", "").strip()[:2000],
            shown_ms=_number(given.get("shown_ms", "")),
        )  # fmt: skip
    except PlatformError as refusal:
        return _answer(request, refusal=refusal)
    count = len(decided.reviews)
    request.session["reviews_decided"] = request.session.get("reviews_decided", 0) + count
    request.session["reviews_last"] = decided.claim
    name = taxonomy().by_code[decided.reviews[0].category_code].name
    return _answer(request, words=f"{count} item{'s' * (count != 1)} decided: {name}.", claim=decided.claim)


@require_POST
@staff_page(*REVIEWERS, across_merchants=ACROSS)
def skip(request: HttpRequest) -> HttpResponse:
    """Give the group back, and do not show it to this person again in this session."""
    assert isinstance(request.user, User)
    put_aside = [*request.session.get(SKIPPED, []), *release(user=request.user, claim=request.POST.get("claim", "")[:40])]
    request.session[SKIPPED] = put_aside[-MOST_SKIPPED:]
    return _answer(request, words="Put aside: somebody else may take it.")


@require_POST
@staff_page(*REVIEWERS, across_merchants=ACROSS)
def undo(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    try:
        count = undo_group(user=request.user, claim=request.POST.get("claim", "")[:40])
    except PlatformError as refusal:
        return _answer(request, refusal=refusal)
    request.session["reviews_decided"] = max(request.session.get("reviews_decided", 0) - count, 0)
    request.session["reviews_last"] = ""
    return _answer(request, words=f"{count} item{'s' * (count != 1)} taken back: they wait again.")


@never_cache
@staff_page(*REVIEWERS, across_merchants="reviewers read what a merchant gave as evidence")
def evidence_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """A file of a dispute, to be saved: never shown inside our pages."""
    file = get_object_or_404(DisputeFile, public_id=public_id)
    witness.saw(file)
    return file_answer(file)


@staff_page(*REVIEWERS, AUDITOR, across_merchants="the numbers are of the whole queue")
def numbers(request: HttpRequest) -> HttpResponse:
    context = {"section": "reviews", "is_staff_page": True, **numbers_page()}
    return render(request, "staff/review_numbers.html", context)


def _next(request: HttpRequest, besides: list[str] | None = None) -> Claim | None:
    assert isinstance(request.user, User)
    claim = claim_next(
        user=request.user, besides=besides or (), skipped=request.session.get(SKIPPED, []), reason=_reason(request)
    )
    if claim:
        witness.saw_list(ReviewRequest, count=len(claim.requests), filters={"claim": claim.id})
    return claim


def _card(request: HttpRequest, claim: Claim | None) -> str:
    context = {"card": group_card(claim) if claim else None, "categories": category_groups(), "reason": _reason(request)}
    return render_to_string("staff/_review_card.html", context, request=request)


def _reason(request: HttpRequest) -> str:
    asked = request.GET.get("reason", "") or request.POST.get("reason", "")
    return asked if asked in ReviewRequest.Reason.values else ""


def _answer(request: HttpRequest, *, words: str = "", claim: str = "", refusal: PlatformError | None = None) -> HttpResponse:
    """To the page's script in JSON, to a plain form as a page."""
    if "application/json" in request.headers.get("Accept", ""):
        if refusal:
            return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.http_status)
        return JsonResponse({"message": words, "claim": claim})
    if refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words)
    reason = _reason(request)
    response = redirect("staff:reviews")
    if reason:
        response["Location"] += f"?reason={reason}"
    return response


def _ids(written: list[str]) -> list[int]:
    return [number for text in written[:100] if (number := _number(text)) is not None]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
