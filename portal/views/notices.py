"""The bell: what a person was told, and how they want to be told. For a merchant's people and for staff alike."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.api.pages import CursorInvalid, page
from merchants.models import Member
from merchants.selectors import membership_of
from notices import selectors
from notices.errors import NoticeRefused
from notices.letters import read_unsubscribe_token
from notices.models import EMAIL_MODES, Notice
from notices.services import preferences
from notices.topics import TOPICS
from notices.words import body_text, names_of, words_of
from people.models import User
from portal.access import page_context

ROWS_A_PAGE = 25


def _page_context(request: HttpRequest, **extra: Any) -> dict[str, Any]:
    """A merchant's page for its people; staff without a merchant get the same page with a way back to the admin."""
    assert isinstance(request.user, User)
    member: Member | None = membership_of(request.user, request.session.get("merchant"))
    base = page_context(member, "notices") if member else {"section": "notices", "is_staff_page": True}
    return base | extra


@never_cache
@login_required
def notices(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    recipient = selectors.recipient_of(request.user)
    mine = selectors.notices_of(request.user)
    try:
        found, cursor = page(mine, cursor=request.GET.get("cursor", ""), limit=ROWS_A_PAGE)
    except CursorInvalid:
        found, cursor = page(mine, limit=ROWS_A_PAGE)
    context = _page_context(
        request, notices=rows(found), unread=selectors.unread_count(request.user), next_url=f"?cursor={cursor}" if cursor else "",
        bounced=recipient if selectors.is_bouncing(recipient, request.user.email) else None,
    )  # fmt: skip
    with timezone.override(selectors.zone_of(recipient)):
        return render(request, "portal/notices.html", context)


def rows(found: list[Notice]) -> list[dict[str, Any]]:
    """What templates/portal/_notice.html asks of each notice."""
    names = names_of(found)
    shown = []
    for notice in found:
        words = words_of(notice, names)
        shown.append({**words, "text": body_text(notice, words), "tone": _tone(notice)})
    return shown


def _tone(notice: Notice) -> str:
    topic = TOPICS.get(notice.topic)
    return "fault" if topic and topic.is_urgent else "warn" if topic and topic.is_security else ""


@require_POST
@login_required
def mark_read(request: HttpRequest) -> HttpResponse:
    """One notice (`notice`), or without it all of them."""
    assert isinstance(request.user, User)
    preferences.mark_read(user=request.user, public_id=request.POST.get("notice", "")[:40] or None)
    return redirect("portal:notices")


@never_cache
@login_required
def notice_preferences(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    error = _save(request) if request.method == "POST" else ""
    if request.method == "POST" and not error:
        messages.success(request, "Your choice is kept.")
        return redirect("portal:notice_preferences")
    recipient = selectors.recipient_of(request.user)
    context = _page_context(
        request, rows=selectors.preferences_of(request.user), modes=EMAIL_MODES, recipient=recipient, error=error,
        zones=sorted(available_timezones()), own_zone=str(selectors.zone_of(recipient)), hours=range(24),
        bounced=recipient if selectors.is_bouncing(recipient, request.user.email) else None,
    )  # fmt: skip
    return render(request, "portal/notice_preferences.html", context, status=400 if error else 200)


def _save(request: HttpRequest) -> str:
    """Keep what was chosen; the sentence that says why not, if so."""
    assert isinstance(request.user, User)
    given = request.POST
    try:
        preferences.set_hours(
            user=request.user, time_zone=given.get("time_zone", ""), quiet_from=_clock(given.get("quiet_from", "")),
            quiet_until=_clock(given.get("quiet_until", "")), digest_hour=int(given.get("digest_hour", "8")),
        )  # fmt: skip
        for topic in selectors.topics_of(request.user):
            if not topic.is_security and (email := given.get(f"email-{topic.code}")):
                preferences.set_preference(
                    user=request.user, topic=topic.code, in_app=f"in_app-{topic.code}" in given, email=email
                )
    except NoticeRefused as refused:
        return str(refused)
    except ValueError:
        return "Write hours as 22:00."
    return ""


def _clock(text: str) -> time | None:
    return time.fromisoformat(text).replace(tzinfo=None) if text else None


@require_POST
@login_required
def trust_address(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    preferences.trust_address_again(user=request.user)
    messages.success(request, "We will write to your address again.")
    return redirect("portal:notices")


@never_cache
@csrf_exempt  # RFC 8058: the mail program posts here without a page of ours; the signed token is the proof
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST stops e-mail about one topic: mail programs open links by themselves to look at them."""
    try:
        public_id, code = read_unsubscribe_token(token)
    except signing.BadSignature:
        return render(request, "errors/404.html", status=404)
    user, topic = get_object_or_404(User, public_id=public_id), TOPICS.get(code)
    is_done = request.method == "POST"
    if is_done:
        try:
            preferences.stop_email(user=user, topic=code)
        except NoticeRefused:
            return render(request, "errors/404.html", status=404)
    context = {"topic": topic, "is_done": is_done, "preferences_url": reverse("portal:notice_preferences")}
    return render(request, "portal/unsubscribe.html", context)
