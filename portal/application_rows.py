"""An application as its applicant and as people of risk see it."""

from __future__ import annotations

from typing import Any

from merchants.onboarding.applying import FIELDS
from merchants.onboarding.checklist import BY_KIND, missing
from merchants.onboarding.models import Application, ApplicationCheck, ApplicationPerson
from vault.display import shown

Status, Word = Application.Status, ApplicationCheck.Status
TONES = {
    Status.SUBMITTED: "warn", Status.IN_REVIEW: "", Status.MORE_NEEDED: "warn", Status.APPROVED: "good", Status.DECLINED: "fault",
}  # fmt: skip
CHECK_TONES = {Word.PASSED: "good", Word.FAILED: "fault", Word.WAIVER_ASKED: "warn", Word.WAIVED: "good"}
# For the applicant: where it stands, and what comes next.
STANDS = {
    Status.DRAFT: ("Not submitted yet", "Save as often as you like; the link in your mail brings you back here.", ""),
    Status.SUBMITTED: ("Submitted", "Somebody reads it within two working days and writes to you. Nothing can be changed meanwhile.", ""),
    Status.IN_REVIEW: ("In review", "We check what you sent. If something is missing, we write to you.", ""),
    Status.MORE_NEEDED: ("We need something more", "Read our question below, change or add what it asks for, and submit again.", "warn"),
    Status.APPROVED: ("Approved", "Your account is live. The invitation in your mail lets you sign in.", "good"),
    Status.DECLINED: ("Declined", "We cannot take you on. Our letter says why; answer it if something is wrong.", "fault"),
    Status.WITHDRAWN: ("Withdrawn", "Nothing more is done with it.", ""),
}  # fmt: skip


def masked_ssn(person: ApplicationPerson) -> str:
    return f"•••-••-{str(shown(person, 'ssn'))[-4:]}"


def applicant_page(application: Application, key: str) -> dict[str, Any]:
    title, text, tone = STANDS[Status(application.status)]
    return {
        "application": application, "key": key, "stands": {"title": title, "text": text, "tone": tone},
        "typed": {name: getattr(application, name) for name in FIELDS}, "lacks": missing(application) if application.is_editable else [],
        "people": [person_row(person) for person in application.people.all()], "documents": application.documents.all(),
        "messages_so_far": application.messages.all(), "ein": shown(application, "ein"), "email": shown(application, "email"),
    }  # fmt: skip


def person_row(person: ApplicationPerson, *, is_masked: bool = False) -> dict[str, Any]:
    """is_masked: for auditors, who see that somebody was named and not whom."""
    clear = {name: shown(person, name) for name in ("full_name", "born_on", "address")} if not is_masked else {}
    return {
        "public_id": person.public_id, "full_name": "•••", "born_on": "•••", "address": "•••", **clear,
        "ssn": "•••-••-••••" if is_masked else masked_ssn(person), "title": person.title, "owned_percent": person.owned_percent,
        "is_control": person.is_control,
    }  # fmt: skip


def application_rows(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "public_id": row.public_id, "name": row.legal_name or row.name, "status_word": row.get_status_display(),
            "tone": TONES.get(Status(row.status), ""), "submitted_at": row.submitted_at, "settled": row.settled, "due": row.due,
            "reviewer": row.reviewer.get_username() if row.reviewer else "", "verdict": row.get_verdict_display() if row.verdict else "",
            "mcc": row.mcc, "is_over": row.is_over,
        }
        for row in rows
    ]  # fmt: skip


def check_rows(application: Application, *, me: int) -> list[dict[str, Any]]:
    rows = application.checks.select_related("by", "second").order_by("pk")
    return [
        {
            "kind": row.kind, "title": BY_KIND[row.kind].title, "how": BY_KIND[row.kind].how, "status": row.status,
            "word": row.get_status_display(), "tone": CHECK_TONES.get(Word(row.status), ""), "reason": row.reason,
            "by": row.by.get_username() if row.by else "", "second": row.second.get_username() if row.second else "",
            "may_waive": row.status == Word.WAIVER_ASKED and row.by_id != me, "changed_at": row.changed_at,
        }
        for row in rows
        if row.kind in BY_KIND
    ]  # fmt: skip


def first_limits(application: Application) -> dict[str, int | None]:
    """What to begin with, from what the applicant expects: a day of a tenth of a month, and some room above the month."""
    month = application.monthly_volume_cents
    return {
        "per_sale_cents": application.largest_sale_cents, "daily_volume_cents": month // 10 if month else None,
        "monthly_volume_cents": month * 5 // 4 if month else None, "payout_daily_cents": month // 10 if month else None,
    }  # fmt: skip
