from __future__ import annotations

from django.db.models import Q

from checkout.payment_pages.models import PageCheck


def differs_now() -> Q:
    """The newest look at each page, where it found a difference: one that a later look found mended is history."""
    newest = PageCheck.objects.order_by("page", "-pk").distinct("page").values("pk")
    return Q(pk__in=newest, is_clean=False)
