"""Letters of medical necessity as clinicians see them: the queue, and the one they have taken up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from eligibility.letters import selectors, services
from eligibility.letters.content import canonical_text, content_of, digest
from eligibility.letters.documents import unpacked
from eligibility.letters.pdf import render as render_pdf
from eligibility.letters.signing import issue_letter
from eligibility.models import Letter
from people.confirming import confirmed_factor
from people.models import User
from people.roles import CLINICIAN
from portal.access import staff_page
from portal.letter_forms import typed_draft
from portal.letter_rows import queue_rows, review_context

REASON = "a clinician reviews letters of every merchant's shoppers"
LONGEST_WORDS = 2000
QUEUE_ROWS = 100
clinicians = staff_page(CLINICIAN, across_merchants=REASON)


@never_cache
@clinicians
def queue(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    page = Paginator(selectors.waiting(), QUEUE_ROWS).get_page(
        request.GET.get("page")
    )  # any other page than there is: the nearest
    witness.saw_list(Letter, count=len(page))
    context = {
        "waiting": queue_rows(page), "older_url": f"?page={page.number - 1}" if page.has_previous() else None,
        "newer_url": f"?page={page.number + 1}" if page.has_next() else None,
        "count_words": f"{page.start_index()}–{page.end_index()} of {page.paginator.count}", "mine": queue_rows(selectors.open_of(user)),
        "decided": queue_rows(selectors.reviewed_by(user).exclude(decided_at=None).order_by("-decided_at")[:20]),
        "clinician": selectors.clinician_of(user), "section": "letters", "is_staff_page": True,
    }  # fmt: skip
    return render(request, "staff/letters.html", context)


@require_POST
@clinicians
def claim(request: HttpRequest, public_id: str) -> HttpResponse:
    """Only what nobody has taken up, or this clinician, is there to be taken."""
    user = _user(request)
    letter = get_object_or_404(Letter, public_id=public_id, status__in=[Letter.Status.REQUESTED, Letter.Status.UNDER_REVIEW])
    try:
        services.claim_letter(letter=letter, by=user)
    except PlatformError as refusal:
        messages.error(request, refusal.message)
        return redirect("staff:letters")
    return redirect("staff:letter", public_id)


@never_cache
@clinicians
def review(request: HttpRequest, public_id: str) -> HttpResponse:
    """The letter with its checks; by POST what was edited is kept."""
    letter = selectors.letter_of_reviewer(_user(request), public_id)
    if request.method != "POST":
        return _page(request, letter)
    try:
        services.save_draft(letter=letter, by=_user(request), **typed_draft(letter, request.POST))
    except PlatformError as refusal:
        return _page(request, letter, error=refusal.message, status=refusal.http_status)
    messages.success(request, "Kept. Look at the checks, then sign.")
    return redirect("staff:letter", public_id)


@require_POST
@clinicians
def sign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Signs what was read: if the letter has changed since, or the second factor does not come, nothing is signed."""
    user = _user(request)
    letter = selectors.letter_of_reviewer(user, public_id)
    factor = confirmed_factor(request, request.POST.get("code", "")[:20])
    if not factor:
        words = "That code is not right, or was used already. Nothing is signed: type the newest one."
        return _page(request, letter, sign_error=words, status=403)
    try:
        issue_letter(letter=letter, by=user, factor=factor, as_read=request.POST.get("text_sha256", ""))
    except PlatformError as refusal:
        return _page(request, letter, sign_error=refusal.message, status=refusal.http_status)
    messages.success(request, "Signed. The letter counts from now on, and the shopper is told.")
    return redirect("staff:letter", public_id)


@require_POST
@clinicians
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Everything else that a clinician may do with a letter of theirs: the button says what."""
    user = _user(request)
    letter = selectors.letter_of_reviewer(user, public_id)
    words = request.POST.get("words", "").replace("\x00", "")[:LONGEST_WORDS]
    try:
        match request.POST.get("verb"):
            case "ask":
                services.ask_shopper(letter=letter, by=user, question=words)
                messages.success(request, "The shopper is asked. The letter comes back to you with the answer.")
            case "decline":
                services.decline_letter(letter=letter, by=user, reason=words)
                messages.success(request, "Declined. The shopper is told why.")
            case "revoke":
                services.revoke_letter(letter=letter, by=user, reason=words)
                messages.success(request, "Revoked: from now on it covers nothing.")
            case "amend":
                return redirect("staff:letter", services.amend_letter(letter=letter, by=user).public_id)
            case "give_back":
                services.give_back(letter=letter, by=user)
                return redirect("staff:letters")
            case _:
                raise Http404
    except PlatformError as refusal:
        return _page(request, letter, error=refusal.message, status=refusal.http_status)
    return redirect("staff:letter", public_id)


@never_cache
@clinicians
def document(request: HttpRequest, public_id: str, which: str) -> HttpResponse:
    """which: `uploaded` as it came in, `signed` as it was signed, `ink` with a line for a signature by hand."""
    letter = selectors.letter_of_reviewer(_user(request), public_id)
    return pdf_response(letter, which)


def pdf_response(letter: Letter, which: str) -> HttpResponse:
    """One of a letter's documents; 404 where it has none of this kind."""
    is_signed = letter.issued_on is not None
    if which == "uploaded" and letter.document:
        data = unpacked(letter.document)
    elif which == "signed" and is_signed:
        data = unpacked(letter.pdf)
    elif which == "ink" and is_signed and letter.source == Letter.Source.REQUEST:
        content = content_of(letter)
        data = render_pdf(content, signed_at=None, signer=content.provider.name, zone=letter.signature.zone)
    else:
        raise Http404
    response = HttpResponse(data, content_type="application/pdf")
    # Attached, not shown: a document from elsewhere must not run beside our pages.
    response["Content-Disposition"] = f'attachment; filename="{letter.public_id}-{which}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # staff_page is outside
    return request.user


def _page(request: HttpRequest, letter: Letter, *, status: int = 200, **extra: Any) -> HttpResponse:
    """As it stands now; what could not be kept stays in the fields."""
    letter.refresh_from_db()
    typed = request.POST if request.method == "POST" and extra.get("error") else None
    context = review_context(letter, _user(request), now=timezone.now(), typed=typed)
    if draft := context.get("draft"):
        text = canonical_text(draft.content)
        context |= {"text": text, "text_sha256": digest(text)}
    return render(request, "staff/letter.html", {**context, **extra, "section": "letters", "is_staff_page": True}, status=status)
