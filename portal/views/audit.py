"""A merchant's own page of the audit trail: who looked at, or changed, what is ours."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from merchants.models import Member
from merchants.support.selectors import access_of, views_into
from merchants.support.services import let_in, switch_access
from portal.access import member_page, page_context
from portal.audit.selectors import WHO, access_rows, entries_of
from portal.views.pages import older_page
from vault.audit.models import AuditEntry


@member_page(needs="audit.view")
def access_log(request: HttpRequest, member: Member) -> HttpResponse:
    who = request.GET.get("who", "")
    who = who if who in WHO else "staff"
    entries, next_url = older_page(request, entries_of(member.merchant, who=who))
    rows = access_rows(entries, member.merchant)
    witness.saw_list(AuditEntry, count=len(rows), filters={"who": who}, merchant_id=member.merchant.pk)
    context = page_context(
        member,
        "access_log",
        entries=rows,
        who=who,
        choices=[(value, words) for value, (words, _) in WHO.items()],
        next_url=next_url,
        support_access=access_of(member.merchant),
        looks=[view for view in views_into(member.merchant) if view.is_active],
        is_owner=member.role == Member.Role.OWNER,
    )
    return render(request, "portal/access_log.html", context)


@require_POST
@member_page(needs="audit.view")
def support_access(request: HttpRequest, member: Member) -> HttpResponse:
    """An owner's word: on, off, or let in for a day."""
    word = request.POST.get("word", "")
    try:
        if word == "let_in":
            let_in(by=member)
        elif word in {"on", "off"}:
            switch_access(by=member, is_off=word == "off")
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        done = {
            "on": "Support may look again.",
            "off": "Support may not look any more.",
            "let_in": "Support may look for 24 hours.",
        }
        if word in done:
            messages.success(request, done[word])
    return redirect("portal:access_log")
