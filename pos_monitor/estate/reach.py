"""To which stores a member's reach leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from merchants.models import Merchant
from merchants.team.reach import Reach
from pos_monitor.models import Store


def stores_in_reach(merchant: Merchant, row: Mapping[str, Any]) -> list[int]:
    """Row ids of the merchant's stores that a member's `reach` names or whose region it names; a store that is gone is none."""
    reach = Reach.kept(row) or Reach()
    named = Q(region__in=reach.regions) | Q(public_id__in=reach.stores)
    return list(Store.objects.filter(named, merchant=merchant).order_by("pk").values_list("pk", flat=True))
