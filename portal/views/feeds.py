"""Feeds of products: where they are fetched from, each pull of them, and what a person may say to that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common import witness
from common.errors import PlatformError
from eligibility.catalogue.feeds import services
from eligibility.catalogue.feeds.ending import approve
from eligibility.catalogue.feeds.selectors import feed_for, runs_of
from eligibility.models import CatalogueFeed
from merchants.capabilities import may
from merchants.models import Member
from portal import feed_pages as shown
from portal.access import member_page, page_context
from portal.feed_forms import FeedForm
from portal.views.pages import older_page

FIELD_OF_PARAM = {"url": "url", "auth": "auth_name", "auth.secret": "auth_secret", "columns": "columns"}


@member_page(needs="products.view")
def feeds(request: HttpRequest, member: Member) -> HttpResponse:
    rows = shown.feed_rows(member.merchant)
    witness.saw_list(CatalogueFeed, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(member, "products", feeds=rows, can_edit=may(member, "products.manage"))
    return render(request, "portal/feeds.html", context)


@member_page(needs="products.manage")
def new(request: HttpRequest, member: Member) -> HttpResponse:
    form = FeedForm(request.POST if request.method == "POST" else None, zone=member.merchant.time_zone)
    if request.method == "POST" and form.is_valid():
        try:
            feed = services.create_feed(merchant=member.merchant, **form.said())
        except PlatformError as refusal:
            _complain(form, refusal)
        else:
            messages.success(request, "The feed is added and is fetched within a minute.")
            return redirect("portal:feed", feed.public_id)
    return _form(request, member, form)


@member_page(needs="products.manage")
def change(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    feed = feed_for(member.merchant, public_id)
    form = FeedForm(request.POST if request.method == "POST" else None, zone=member.merchant.time_zone, feed=feed)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_feed(feed=feed, fields=form.said(), by=_who(member))
        except PlatformError as refusal:
            _complain(form, refusal)
        else:
            messages.success(request, "The feed is changed.")
            return redirect("portal:feed", feed.public_id)
    return _form(request, member, form, feed=feed)


@never_cache
@member_page(needs="products.view")
def feed(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = feed_for(member.merchant, public_id)
    witness.saw(found)
    rows, next_url = older_page(request, runs_of(found))
    context = page_context(
        member, "products", can_edit=may(member, "products.manage"), next_url=next_url,
        **shown.feed_page(found, rows, runs_of(found).first(), timezone.now()),
    )  # fmt: skip
    return render(request, "portal/feed.html", context)


@never_cache
@require_GET
@member_page(needs="products.view")
def feed_status(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """What the page asks for every second or two while the feed is fetched and taken."""
    return JsonResponse(shown.run_status(runs_of(feed_for(member.merchant, public_id)).first(), timezone.now()))


@require_POST
@member_page(needs="products.manage")
def do(request: HttpRequest, member: Member, public_id: str, deed: str) -> HttpResponse:
    found = feed_for(member.merchant, public_id)
    if deed not in DEEDS:
        raise Http404
    if deed == "delete" and request.POST.get("typed", "").strip() != "delete":
        messages.error(request, "The feed was not deleted: type “delete” to confirm.")
        return redirect("portal:feed", public_id)
    try:
        messages.success(request, DEEDS[deed](found, _who(member)))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    return redirect("portal:feeds") if deed == "delete" else redirect("portal:feed", public_id)


def _pull(feed: CatalogueFeed, by: str) -> str:
    _, is_new = services.ask_for_pull(feed=feed)
    return "It is fetched now." if is_new else "It is being fetched already."


def _pause(feed: CatalogueFeed, by: str) -> str:
    services.change_feed(feed=feed, fields={"state": CatalogueFeed.State.PAUSED}, by=by)
    return "The feed is paused."


def _resume(feed: CatalogueFeed, by: str) -> str:
    services.change_feed(feed=feed, fields={"state": CatalogueFeed.State.ACTIVE}, by=by)
    return "The feed is on again, from its next hour."


def _approve(feed: CatalogueFeed, by: str) -> str:
    return approve(feed=feed, by=by).words


def _delete(feed: CatalogueFeed, by: str) -> str:
    services.delete_feed(feed=feed)
    return "The feed is deleted; its products stay."


DEEDS: dict[str, Callable[[CatalogueFeed, str], str]] = {
    "pull": _pull, "pause": _pause, "resume": _resume, "approve": _approve, "delete": _delete,
}  # fmt: skip


def _who(member: Member) -> str:
    return member.user.get_full_name() or member.user.username


def _complain(form: FeedForm, refusal: PlatformError) -> None:
    form.add_error(FIELD_OF_PARAM.get(refusal.param or ""), refusal.message)


def _form(request: HttpRequest, member: Member, form: FeedForm, **more: Any) -> HttpResponse:
    context = page_context(member, "products", form=form, **more)
    return render(request, "portal/feed_form.html", context, status=400 if form.errors else 200)
