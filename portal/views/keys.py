"""API keys: made and rolled (and shown that once), limited, revoked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from merchants.errors import KeyLimitInvalid, KeyNotActive
from merchants.keys.services import OVERLAPS, change_api_key, create_api_key, revoke_api_key, roll_api_key
from merchants.models import ApiKey, Member
from merchants.services import set_embed_origins
from portal.access import member_page, page_context
from portal.key_rows import KIND_WORDS, OVERLAP_WORDS, choices, key_row, key_rows

MAX_NAME_LENGTH = 60
GRANT = "grant."


@member_page(needs="keys.view")
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    return _list(request, member)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="keys.manage")
def create(request: HttpRequest, member: Member) -> HttpResponse:
    if request.method == "GET":
        return _form(request, member)
    name = _name(request.POST)
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        return _form(request, member, errors={"name": f"Give the key a name of at most {MAX_NAME_LENGTH} characters."})
    if (written := request.POST.get("kind", ApiKey.Kind.SECRET)) not in ApiKey.Kind.values:
        return _form(request, member, errors={"limits": "Choose a kind of key."})  # a misspelt one must not be the mightiest
    kind = ApiKey.Kind(written)
    try:
        _, text = create_api_key(
            merchant=member.merchant, kind=kind, name=name, created_by=member.user, **_limits(request.POST, kind)
        )
    except KeyLimitInvalid as refusal:
        return _form(request, member, errors={"limits": refusal.message})
    return _list(request, member, new_key={"name": name, "secret": text})


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="keys.manage")
def key(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """One key: what it may do and from where; changed, rolled or revoked here."""
    row = _key_of(member, public_id)
    if request.method == "GET":
        return _detail(request, member, row)
    name = _name(request.POST)
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        return _detail(request, member, row, errors={"name": f"Give the key a name of at most {MAX_NAME_LENGTH} characters."})
    limits = {"scopes": {}, "allowed_networks": [], "allowed_origins": []} | _limits(request.POST, ApiKey.Kind(row.kind))
    try:
        change_api_key(key=row, name=name, **limits)
    except (KeyLimitInvalid, KeyNotActive) as refusal:
        return _detail(request, member, row, errors={"limits": refusal.message})
    messages.success(request, f"The key ending {row.last4} is changed, from its next call on.")
    return redirect("portal:key", public_id)


@never_cache
@require_POST
@member_page(needs="keys.manage")
def roll(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    row = _key_of(member, public_id)
    overlap = OVERLAPS.get(request.POST.get("overlap", ""))
    if overlap is None:
        messages.error(request, "The key was not rolled: choose how long the old one goes on working.")
        return redirect("portal:key", public_id)
    try:
        new, text = roll_api_key(key=row, overlap=overlap, created_by=member.user)
    except KeyNotActive as refusal:
        messages.error(request, refusal.message)
        return redirect("portal:keys")
    return _list(request, member, new_key={"name": new.name, "secret": text})


@require_POST
@member_page(needs="keys.manage")
def revoke(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    row = _key_of(member, public_id)
    if request.POST.get("typed", "").strip() != row.last4:
        messages.error(request, f"The key ending {row.last4} was not revoked: type its last four characters to confirm.")
        return redirect("portal:keys")
    revoke_api_key(key=row)
    messages.success(request, f"The key ending {row.last4} is revoked.")
    return redirect("portal:keys")


@require_POST
@member_page(needs="settings.manage")
def embedding(request: HttpRequest, member: Member) -> HttpResponse:
    """Which sites may show the hosted page in a frame."""
    try:
        set_embed_origins(merchant=member.merchant, origins=request.POST.get("origins", "").split())
    except KeyLimitInvalid as refusal:
        return _list(request, member, errors={"origins": refusal.message}, written=request.POST.get("origins", ""))
    messages.success(request, "The sites that may frame your payment page are changed.")
    return redirect("portal:keys")


def _key_of(member: Member, public_id: str) -> ApiKey:
    return get_object_or_404(ApiKey, merchant=member.merchant, public_id=public_id)


def _name(given: QueryDict) -> str:
    return given.get("name", "").replace("\x00", "").strip()


def _limits(given: QueryDict, kind: ApiKey.Kind) -> dict[str, Any]:
    """What the form says about limits that this kind of key has; the others' fields are hidden, whatever they hold."""
    match kind:
        case ApiKey.Kind.PUBLISHABLE:
            return {"allowed_origins": given.get("origins", "").split()}
        case ApiKey.Kind.RESTRICTED:
            return {"allowed_networks": given.get("networks", "").split(), "scopes": _granted(given)}
        case _:
            return {"allowed_networks": given.get("networks", "").split()}


def _granted(given: QueryDict) -> dict[str, str]:
    """The permissions that the form's table grants: resource -> level."""
    return {name.removeprefix(GRANT): str(level) for name, level in given.items() if name.startswith(GRANT) and level}


def _list(request: HttpRequest, member: Member, *, errors: dict[str, str] | None = None, **extra: Any) -> HttpResponse:
    context = {
        "keys": key_rows(member.merchant), "errors": errors or {}, "written": "\n".join(member.merchant.embed_origins), **extra,
    }  # fmt: skip
    return render(request, "portal/keys.html", page_context(member, "keys", **context), status=400 if errors else 200)


def _form(request: HttpRequest, member: Member, *, errors: dict[str, str] | None = None) -> HttpResponse:
    given = request.POST
    context = {
        "errors": errors or {}, "kinds": [(kind.value, words) for kind, words in KIND_WORDS.items()],
        "kind": given.get("kind", ApiKey.Kind.SECRET), "name": given.get("name", ""), "networks": given.get("networks", ""),
        "origins": given.get("origins", ""),
        "choices": choices(_granted(given)),
    }  # fmt: skip
    return render(request, "portal/key_new.html", page_context(member, "keys", **context), status=400 if errors else 200)


def _detail(request: HttpRequest, member: Member, key: ApiKey, *, errors: dict[str, str] | None = None) -> HttpResponse:
    given = request.POST if errors else QueryDict()
    granted: dict[str, str] = _granted(request.POST) if errors else key.scopes
    context = {
        "row": key_row(key), "key": key, "kind": key.kind, "errors": errors or {}, "overlaps": OVERLAP_WORDS,
        "name": given.get("name", key.name), "networks": given.get("networks", "\n".join(key.allowed_networks)),
        "origins": given.get("origins", "\n".join(key.allowed_origins)), "choices": choices(granted),
    }  # fmt: skip
    return render(request, "portal/key.html", page_context(member, "keys", **context), status=400 if errors else 200)
