"""Titles behind the figures are kept for a while; the figures stay."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from eligibility.models import DriftSample, ShadowDifference
from eligibility.registry.drift import SAMPLE_KEPT

DIFFERENCES_KEPT = timedelta(days=180)


def tidy() -> int:
    """Delete old titles; returns how many. Safe to repeat."""
    now = timezone.now()
    samples, _ = DriftSample.objects.filter(week__lt=(now - SAMPLE_KEPT).date()).delete()
    differences, _ = ShadowDifference.objects.filter(last_at__lt=now - DIFFERENCES_KEPT).delete()
    return samples + differences
