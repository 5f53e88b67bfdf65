"""The letter as a PDF, set by typst: tagged for screen readers, and the same bytes for the same letter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from django.conf import settings

from eligibility.letters.content import Content, canonical_text, digest
from eligibility.letters.tables import credentials, states


def render(content: Content, *, signed_at: datetime | None, signer: str, zone: str) -> bytes:
    """A signed letter; without `signed_at` the variant with a line for a signature in ink, for administrators that insist on one.

    All text goes in as data, so no rationale can become markup.
    """
    folder = Path(settings.BASE_DIR) / "templates" / "letters"
    data = json.dumps(_words(content, signed_at, signer, zone))
    assert content.issued_on is not None, "only what is signed is printed"
    moment = signed_at or datetime.combine(content.issued_on, time(), ZoneInfo(zone))
    made = typst.compile(
        str(folder / "letter.typ"), root=str(folder), sys_inputs={"letter": data}, ignore_system_fonts=True, pdf_standards=["ua-1"],
        timestamp=moment.astimezone(UTC).replace(microsecond=0),
    )  # fmt: skip
    return bytes(made)


def _words(content: Content, signed_at: datetime | None, signer: str, zone: str) -> dict[str, Any]:
    who = content.provider
    credential, state = credentials().get(who.credential), states().get(who.state)
    home = ZoneInfo(zone)
    return {
        "id": content.letter, "patient": content.patient_name, "patient_state": content.patient_state, "condition": content.condition,
        "icd10": content.icd10, "rationale": content.rationale.strip().splitlines(), "covers": content.covers, "months": str(content.months),
        "issued_on": _day(content.issued_on), "expires_on": _day(content.expires_on), "provider": who.name,
        "credential": f"{who.credential} ({credential.name})" if credential else who.credential, "npi": who.npi,
        "licence": (state.name if state else who.state) + (f", no. {who.licence}" if who.licence else ""),
        "supersedes": content.supersedes,
        "signed": f"{signed_at.astimezone(home):%B %d, %Y at %H:%M} ({zone})" if signed_at else "", "signer": signer,
        "digest": digest(canonical_text(content)),
    }  # fmt: skip


def _day(day: Any) -> str:
    return f"{day:%B} {day.day}, {day.year}" if day else ""
