"""Asking for a change of a key, and a second person's answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from people.models import User
from people.roles import BANK
from portal import custody_rows
from portal.access import staff_page
from portal.views.custody import key_or_404, name_of
from vault.governance.carrying_out import carry_out
from vault.governance.errors import GovernanceRefused
from vault.governance.models import CustodyRequest
from vault.governance.services import MAX_REASON_CHARS, Person, approve, expire_requests, refuse, request_change


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(BANK)
def ask(request: HttpRequest, owner: str, verb: str) -> HttpResponse:
    if verb not in custody_rows.VERBS:
        raise Http404
    key = key_or_404(owner)
    reason, error = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            made = request_change(key=key, verb=verb, reason=reason, by=_person(request))
        except GovernanceRefused as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Asked for. It is carried out when another person of the bank approves it within the hour.")
            return redirect("custody:request", made.public_id)
    context = {
        "section": "keys", "key": key, "name": name_of(key), "verb": custody_rows.VERBS[verb], "reason": reason, "error": error,
        "max_chars": MAX_REASON_CHARS,
    }  # fmt: skip
    return render(request, "custody/ask.html", context, status=400 if error else 200)


@never_cache
@staff_page(BANK)
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, _request_or_404(public_id))


@require_POST
@staff_page(BANK)
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Approve and carry out at once, or refuse with a reason."""
    found = _request_or_404(public_id)
    try:
        if request.POST.get("answer") == "approve":
            return _carried_out(request, carry_out(request=approve(request=found, by=_person(request))))
        refuse(request=found, by=_person(request), reason=request.POST.get("reason", ""))
    except GovernanceRefused as refusal:
        found.refresh_from_db()
        return _page(request, found, error=str(refusal), status=409)
    messages.success(request, "Refused: nothing was changed.")
    return redirect("custody:key", found.key.owner)


@require_POST
@staff_page(BANK)
def repeat(request: HttpRequest, public_id: str) -> HttpResponse:
    """Carry out once more what was approved and failed at the bank."""
    found = _request_or_404(public_id)
    try:
        return _carried_out(request, carry_out(request=found, by=_person(request)))
    except GovernanceRefused as refusal:
        return _page(request, found, error=str(refusal), status=409)


def _carried_out(request: HttpRequest, done: CustodyRequest) -> HttpResponse:
    if done.status != CustodyRequest.Status.DONE:
        messages.error(request, f"Approved, but not carried out: {done.error}")
        return redirect("custody:request", done.public_id)
    words = {
        "revoke": "The key is locked.", "restore": "The key is open again.", "rewrap": "The bank’s key was rotated.",
        "reseal": "Every value is being sealed anew.",
    }  # fmt: skip
    messages.success(request, words[done.verb])
    return redirect("custody:key", done.key.owner)


def _request_or_404(public_id: str) -> CustodyRequest:
    expire_requests()
    return get_object_or_404(CustodyRequest.objects.select_related("key"), public_id=public_id)


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, User)  # staff_page is outside
    # By username: the history is kept for ever and in clear, and people's names are sealed.
    return Person(id=request.user.public_id, name=request.user.get_username())


def _words(found: CustodyRequest) -> dict[str, dict[str, str]]:
    """Without `request`, which is the browser's in a page."""
    row = custody_rows.request_row(found)
    return {"verb": row["verb"], "status": row["status"]}


def _page(request: HttpRequest, found: CustodyRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    assert isinstance(request.user, User)
    context = {
        "section": "keys", "asked": found, **_words(found), "name": name_of(found.key), "error": error,
        "is_mine": found.requested_by == request.user.public_id, "max_chars": MAX_REASON_CHARS,
        "steps": custody_rows.event_steps(found.events.order_by("pk")),
    }  # fmt: skip
    return render(request, "custody/request.html", context, status=status)
