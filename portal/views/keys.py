"""API keys: made, shown once, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from merchants.capabilities import may
from merchants.keys.services import create_api_key, revoke_api_key
from merchants.models import ApiKey, Member
from portal.access import member_page, page_context

MAX_NAME_LENGTH = 60


@member_page(needs="keys.view")
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member)


@never_cache
@require_POST
@member_page(needs="keys.manage")
def create(request: HttpRequest, member: Member) -> HttpResponse:
    name = request.POST.get("name", "").replace("\x00", "").strip()
    if not name or len(name) > MAX_NAME_LENGTH:
        return _page(
            request, member, errors={"name": f"Give the key a name of at most {MAX_NAME_LENGTH} characters."}, status=400
        )
    kind = ApiKey.Kind.PUBLISHABLE if request.POST.get("kind") == ApiKey.Kind.PUBLISHABLE else ApiKey.Kind.SECRET
    _, text = create_api_key(merchant=member.merchant, kind=kind, name=name)
    return _page(request, member, new_key={"name": name, "secret": text})


@require_POST
@member_page(needs="keys.manage")
def revoke(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    key = get_object_or_404(ApiKey, merchant=member.merchant, public_id=public_id)
    if request.POST.get("typed", "").strip() != key.last4:
        messages.error(request, f"The key ending {key.last4} was not revoked: type its last four characters to confirm.")
        return redirect("portal:keys")
    revoke_api_key(key=key)
    messages.success(request, f"The key ending {key.last4} is revoked.")
    return redirect("portal:keys")


def _page(request: HttpRequest, member: Member, *, status: int = 200, **extra: object) -> HttpResponse:
    rows = list(member.merchant.api_keys.all())
    context = page_context(member, "keys", keys=rows, can_edit=may(member, "keys.manage"), **extra)
    return render(request, "portal/keys.html", context, status=status)
