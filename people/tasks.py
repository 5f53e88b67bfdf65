from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from people import letters
from people.models import SignIn


@shared_task(name="people.forget_old_sessions")
def forget_old_sessions() -> None:
    """Take away sessions that are over, and what was noted of them. Safe to repeat."""
    call_command("clearsessions")
    SignIn.objects.filter(seen_at__lt=timezone.now() - timedelta(days=1)).delete()


@shared_task(name="people.send_waiting_letters")
def send_waiting_letters() -> int:
    """No arguments, so nothing personal waits in Redis."""
    return letters.send_waiting()
