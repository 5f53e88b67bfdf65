from __future__ import annotations

from fsa_platform.celery import app as celery_app

__all__ = ["celery_app"]
