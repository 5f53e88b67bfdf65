"""Cases with support and weekly reports, ready for the portal's templates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from pos_monitor.care import cases, weekly
from pos_monitor.models import CaseEntry, SupportCase, Terminal, WeeklyReport

# State -> word, tone, icon, as the merchant sees it.
STATES: Final = {
    SupportCase.State.OPEN: ("Support has it", "", "clock"),
    SupportCase.State.WAITING: ("Waits for you", "warn", "alert"),
    SupportCase.State.CLOSED: ("Closed", "good", "check"),
}


def case_rows(found: Iterable[SupportCase]) -> list[dict[str, Any]]:
    return [
        {
            "id": case.public_id, "subject": str(case.subject), "state": dict(zip(("word", "tone", "icon"), STATES[SupportCase.State(case.state)], strict=True)),
            "changed_at": case.changed_at, "terminals": len(case.terminals),
        }
        for case in found
    ]  # fmt: skip


def case_page(case: SupportCase) -> dict[str, Any]:
    """The case with its thread, oldest first, and the tills that it is about."""
    return {
        "case": case_rows([case])[0],
        "thread": [
            {"who": "Support" if entry.kind == CaseEntry.Kind.MAIL else str(entry.by or "You"), "at": entry.at, "text": str(entry.body)}
            for entry in cases.thread_of(case, for_merchant=True)
        ],
        "tills": [{"id": till.public_id, "name": str(till)} for till in Terminal.objects.filter(merchant=case.merchant_id, pk__in=case.terminals)[:100]],
    }  # fmt: skip


def report_rows(reports: Iterable[WeeklyReport]) -> list[dict[str, Any]]:
    return [
        {
            "id": report.public_id, "from_on": report.week_on, "to_on": report.week_on + timedelta(days=6),
            "availability": weekly.percent(report.figures["availability"]), "incidents": report.figures["incident_count"],
            "batteries": len(report.figures["batteries"]),
        }
        for report in reports
    ]  # fmt: skip
