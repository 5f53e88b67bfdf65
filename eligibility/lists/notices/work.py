"""One turn of telling: what a tick does, and what a command or a test does to the end."""

from __future__ import annotations

import time

from django.utils import timezone

from eligibility.catalogue.patience import stand_back
from eligibility.lists.notices.passing import end_passed, forget_quiet
from eligibility.lists.notices.reconcile import follow_version, untold_versions
from eligibility.lists.notices.settle import merchants_to_settle, settle
from merchants.models import Merchant


def tell_now(*, until: float = float("inf")) -> int:
    """Follow the lists, end what has passed, judge and tell, until nothing is left or `until` (of `time.monotonic`) has come.

    Stands back for sales. Safe beside itself. Returns how many notices were looked at; raises ClassifierUnavailable.
    """

    def is_over() -> bool:
        return time.monotonic() >= until

    count = 0
    for version in untold_versions():
        count += follow_version(version, stand_back=stand_back, until=is_over)
    count += end_passed()
    for merchant in Merchant.objects.filter(pk__in=merchants_to_settle()).order_by("pk"):
        while not is_over():
            stand_back()
            if not (looked := settle(merchant)):
                break
            count += looked
    forget_quiet(timezone.now())
    return count
