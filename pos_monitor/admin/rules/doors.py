"""Which rule a page is about."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from pos_monitor.models import AlertRule


def rule_or_404(pk: int) -> AlertRule:
    return get_object_or_404(AlertRule.objects.select_related("merchant"), pk=pk)
