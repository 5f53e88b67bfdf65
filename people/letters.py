"""Letters to an address that is not (yet) a person's here: an invitation, a sign-in link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def send_letter(*, to: str, subject: str, template: str, context: dict[str, Any]) -> None:
    """Send `templates/<template>.txt` with `.html` beside it. A mail server that refuses raises: nobody should believe it left."""
    values = {**context, "base_url": settings.BASE_URL, "subject": " ".join(subject.split())}
    message = EmailMultiAlternatives(
        subject=values["subject"], body=render_to_string(f"{template}.txt", values), from_email=settings.DEFAULT_FROM_EMAIL, to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    message.attach_alternative(render_to_string(f"{template}.html", values), "text/html")
    message.send()
