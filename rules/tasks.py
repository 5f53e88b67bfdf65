"""Celery doors of rules: Celery looks for them here."""

from __future__ import annotations

from rules.customers import tasks as customers
from rules.learning import tasks as learning
from rules.publishing import tasks as publishing
from rules.push import tasks as push
from rules.runs import tasks as runs

__all__ = ["customers", "learning", "publishing", "push", "runs"]
