"""Saved views of the sales page: kept, renamed, shared, deleted, and opened by default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from merchants.capabilities import may
from merchants.models import Member
from sales.errors import ViewInvalid, ViewNotYours
from sales.finding import read_filters
from sales.models import DefaultView, SavedView

MOST: Final = 50  # of one person at one merchant: more is no list that anybody reads


def views_of(member: Member) -> QuerySet[SavedView]:
    """What the member sees: their own views, and those that others share with the whole chain."""
    seen = Q(user=member.user) | Q(is_shared=True) if member.reach is None else Q(user=member.user)
    return SavedView.objects.filter(seen, merchant=member.merchant).select_related("user")


def view_for(member: Member, public_id: str) -> SavedView:
    """One of those; any other, another merchant's among them, is a 404."""
    return get_object_or_404(views_of(member), public_id=public_id)


def default_view(member: Member) -> SavedView | None:
    """The view that the member's page opens with. One that is no longer shared with them is none."""
    chosen = DefaultView.objects.filter(merchant=member.merchant, user=member.user).values("view_id")
    return views_of(member).filter(pk__in=chosen).first()


def save_view(*, member: Member, name: str, filters: Mapping[str, str], is_shared: bool) -> SavedView:
    """Keep these filters under a name; the same name again keeps the new filters. Raises ViewInvalid.

    Whoever may only look keeps views for themselves: `views.share` lets the team see them.
    """
    kept = {"filters": read_filters(filters), "is_shared": is_shared and may(member, "views.share")}
    name = _name(name)
    if not kept["filters"]:
        raise ViewInvalid("There is nothing to save: filter the sales first.")
    mine = SavedView.objects.filter(merchant=member.merchant, user=member.user)
    if mine.exclude(name=name).count() >= MOST:
        raise ViewInvalid(f"{MOST} views are the most: delete one first.")
    view, _ = SavedView.objects.update_or_create(merchant=member.merchant, user=member.user, name=name, defaults=kept)
    return view


def change_view(*, member: Member, view: SavedView, name: str, is_shared: bool) -> SavedView:
    """Rename it, share it or stop sharing it. Raises ViewNotYours, ViewInvalid."""
    if view.user_id != member.user_id:
        raise ViewNotYours(f"{view.user} made this view and may change it; you may save the same filters under a name of yours.")
    view.name, view.is_shared = _name(name), is_shared and may(member, "views.share")
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "is_shared"])
    except IntegrityError as error:
        raise ViewInvalid(f"You have a view “{view.name}” already: choose another name.") from error
    return view


def delete_view(*, member: Member, view: SavedView) -> None:
    """Safe to repeat. Raises ViewNotYours."""
    if view.user_id != member.user_id and not may(member, "team.manage"):
        raise ViewNotYours()
    view.delete()


def choose_default(*, member: Member, view: SavedView | None) -> None:
    """Open the member's page with this view from now on, or with all sales."""
    of_member: dict[str, Any] = {"merchant": member.merchant, "user": member.user}
    if view is None:
        DefaultView.objects.filter(**of_member).delete()
        return
    DefaultView.objects.update_or_create(**of_member, defaults={"view": view})


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not 1 <= len(name) <= 60:
        raise ViewInvalid("Give the view a name of at most 60 characters.")
    return name
