"""In production nothing starts while a check fails: a warning that nobody reads protects nobody.

Each process that runs for long asks here first, from whatever room it is. What is asked is registered with Django (`fsa_platform.readiness.checks`).
"""

from __future__ import annotations

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.exceptions import ImproperlyConfigured


class NotReady(ImproperlyConfigured):
    """This deployment may not take real money yet; the message lists why, and what to set."""


def refuse_unready() -> None:
    """Raise NotReady if this is production and a check of error level fails."""
    if settings.IS_SANDBOX:
        return
    failed = [message for message in run_checks(include_deployment_checks=True) if message.level >= ERROR]
    if failed:
        lines = "\n".join(f"  {message.id}: {message.msg} {message.hint or ''}" for message in failed)
        raise NotReady(f"This deployment is not ready for production (manage.py check --deploy):\n{lines}")
