"""Where one is signed in, and ending it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from people.models import User
from people.sessions import SIGN_IN, end_sign_ins, sign_ins_of


@login_required
def sessions(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    here = request.session.get(SIGN_IN)
    return render(request, "account/sessions.html", {"sign_ins": sign_ins_of(request.user), "here": here})


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    """End one sign-in of one's own, or all but this."""
    assert isinstance(request.user, User)
    here, only = request.session.get(SIGN_IN, ""), request.POST.get("sign_in", "")[:40]
    if only == here:
        return redirect("account_logout")
    count = end_sign_ins(user=request.user, but=here, only=only, reason="by its owner")
    messages.success(request, f"{count} sign-in{'s' * (count != 1)} ended. You are still signed in here.")
    return redirect("own_sessions")
