"""Where a member's role holds: the whole chain, or some regions and stores of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from common.errors import PlatformError
from merchants.models import Member
from merchants.team.reach import WHOLE
from merchants.team.services import change_reach
from portal.access import member_page, page_context
from portal.reach_fields import Typed, fields, reach_of, typed_reach


@require_http_methods(["GET", "POST"])
@member_page(needs="team.manage")
def reach(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    other = get_object_or_404(Member.objects.select_related("user"), merchant=member.merchant, pk=pk)
    if request.method == "GET":
        return _page(request, member, other, Typed.kept(other.reach))
    where = typed_reach(request.POST)
    if where.is_search:
        return _page(request, member, other, where)
    try:
        asked = reach_of(member.merchant, where)
        change_reach(by=member, member=other, reach=asked)
    except PlatformError as refusal:
        return _page(request, member, other, where, error=refusal.message, status=refusal.http_status)
    words = asked.words() if asked else WHOLE
    messages.success(request, f"{_name(other)} now works in: {words}. Who was signed in signs in again.")
    return redirect("portal:team")


def _page(
    request: HttpRequest, member: Member, other: Member, where: Typed, *, error: str = "", status: int = 200
) -> HttpResponse:
    may_limit = other.role != Member.Role.OWNER and other.user_id != member.user_id
    person = {"pk": other.pk, "name": _name(other), "role_word": other.get_role_display(), "may_limit": may_limit}
    context = page_context(member, "team", person=person, where=fields(member.merchant, where, error))
    return render(request, "portal/team_reach.html", context, status=status)


def _name(member: Member) -> str:
    return member.user.get_full_name() or member.user.get_username()
