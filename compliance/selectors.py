from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from compliance.models import Finding


def unsettled() -> Q:
    """Findings that still want something done."""
    return ~Q(state__in=Finding.SETTLED)


def overdue() -> Q:
    """Of these, the ones past their date."""
    return unsettled() & Q(due_on__lt=timezone.localdate())
