"""Whose portal a signed-in person sees."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from merchants.models import Member
from merchants.selectors import membership_of, memberships_of
from people.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Member, P], HttpResponse]


def member_page(view: View[P]) -> Callable[..., HttpResponse]:
    """A page for members of a merchant: the view is handed the membership. Staff without one go to the admin."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        assert isinstance(request.user, User)  # login_required is outside
        member = membership_of(request.user, request.session.get("merchant"))
        if member is None:
            return redirect("admin:index") if request.user.is_staff else render(request, "errors/403.html", status=403)
        with timezone.override(member.merchant.zone):
            return view(request, member, *args, **kwargs)

    return login_required(guarded)


def page_context(member: Member, section: str, **extra: Any) -> dict[str, Any]:
    """What templates/portal/base.html asks of every page."""
    return {
        "merchant": member.merchant,
        "merchants": [place.merchant for place in memberships_of(member.user)],
        "member": member,
        "is_test_mode": True,
        "section": section,
        **extra,
    }
