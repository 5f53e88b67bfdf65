"""A merchant's own page of the audit trail: who looked at, or changed, what is ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common import witness
from merchants.models import Member
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
    )
    return render(request, "portal/access_log.html", context)
