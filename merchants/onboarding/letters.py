"""Letters to an applicant."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.urls import reverse

from common.money import dollars
from merchants.models import Merchant
from merchants.onboarding.models import Application
from people.letters import send_letter

LIMIT_WORDS: Final = {
    "per_sale_cents": "the largest sale", "daily_volume_cents": "sales a day", "monthly_volume_cents": "sales a month",
    "payout_daily_cents": "payouts a day",
}  # fmt: skip


def send_link(application: Application, token: str) -> None:
    """The way back to an application."""
    _send(
        application,
        "Your application to FSA Platform",
        "link",
        path=reverse("apply:form", args=[token]),
        useful_for=timedelta(days=1),
    )


def send_receipt(application: Application) -> None:
    """It was handed in and is with us."""
    _send(application, "We have your application to FSA Platform", "submitted", path=reverse("apply:start"))


def send_question(application: Application, question: str) -> None:
    _send(application, "We need something more for your application", "question", question=question, path=reverse("apply:start"))


def send_decision(application: Application, *, is_approved: bool) -> None:
    subject = "You can sell on FSA Platform" if is_approved else "Your application to FSA Platform"
    _send(
        application,
        subject,
        "approved" if is_approved else "declined",
        reason=application.verdict_reason,
        limits=_limits_words(application) if is_approved else [],
    )


def send_invitation(application: Application, merchant: Merchant, token: str) -> None:
    _send(
        application, f"Approved: join {merchant.name} on FSA Platform", "welcome", path=reverse("portal:join", args=[token]),
        limits=_limits_words(application),
    )  # fmt: skip


def _limits_words(application: Application) -> list[str]:
    """The limits with which the account begins, as a person reads them; none that was not set."""
    return [
        f"{words}: {dollars(cents)}"
        for name, words in LIMIT_WORDS.items()
        if (cents := application.wanted_limits.get(name)) is not None
    ]


def _send(
    application: Application, subject: str, template: str, *, useful_for: timedelta = timedelta(days=7), **more: object
) -> None:
    context = {"name": application.name, "legal_name": application.legal_name or application.name, **more}
    send_letter(
        to=str(application.email), subject=subject, template=f"apply/letters/{template}", context=context, useful_for=useful_for
    )
