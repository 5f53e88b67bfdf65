"""What a letter says, as one value: for the checks before the signature, for the text that is signed, and for the page that is printed."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from eligibility.letters.tables import credentials, states
from eligibility.models import Letter
from eligibility.taxonomy import taxonomy

TEXT_VERSION = 1  # of the canonical text: a change of its words is a new number


@dataclass(frozen=True, slots=True)
class Provider:
    """Who is responsible for a letter, as it stands on the licence."""

    name: str = ""
    credential: str = ""
    npi: str = ""
    state: str = ""
    licence: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Provider:
        return cls(**{name: str(data.get(name, "")) for name in cls.__slots__})

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that stands in a letter. items: titles; categories: codes; dates are None before the signature."""

    letter: str
    patient_name: str
    patient_state: str
    condition: str
    icd10: str
    rationale: str
    categories: tuple[str, ...]
    items: tuple[str, ...]
    months: int
    provider: Provider = field(default_factory=Provider)
    issued_on: date | None = None
    expires_on: date | None = None
    supersedes: str = ""

    @property
    def category_names(self) -> tuple[str, ...]:
        known = taxonomy().by_code
        return tuple(known[code].name if code in known else code for code in self.categories)

    @property
    def covers(self) -> tuple[str, ...]:
        """In words, one line for each thing covered."""
        return (*(f"{name} (any product of this kind)" for name in self.category_names), *self.items)


def content_of(letter: Letter, **more: Any) -> Content:
    """The letter's content as it stands now, opened. more: what the signature adds."""
    return Content(**{
        "letter": letter.public_id, "patient_name": letter.patient_name, "patient_state": letter.patient_state,
        "condition": letter.condition, "icd10": letter.icd10, "rationale": letter.rationale,
        "categories": tuple(letter.categories), "items": tuple(item["title"] for item in letter.items), "months": letter.months,
        "provider": Provider.from_json(letter.provider), "issued_on": letter.issued_on, "expires_on": letter.expires_on,
        "supersedes": letter.supersedes.public_id if letter.supersedes else "", **more,
    })  # fmt: skip


def canonical_text(content: Content) -> str:
    """The letter's words in one fixed form: what the digest in the signature is of. NFC, one fact a line."""
    who = content.provider
    credential, state = credentials().get(who.credential), states().get(who.state)
    lines = [
        f"Letter of medical necessity {content.letter} (text {TEXT_VERSION})",
        f"Patient: {content.patient_name}" + (f", {content.patient_state}" if content.patient_state else ""),
        f"Diagnosis: {content.condition} (ICD-10-CM {content.icd10})",
        f"Why it is needed: {' '.join(content.rationale.split())}",
        *(f"Recommended: {thing}" for thing in content.covers),
        f"Duration: {content.months} months, from {content.issued_on} to {content.expires_on}",
        f"Provider: {who.name}, {who.credential}" + (f" ({credential.name})" if credential else ""),
        f"NPI: {who.npi}",
        f"Licensed in: {state.name if state else who.state}" + (f", no. {who.licence}" if who.licence else ""),
        *([f"Replaces: {content.supersedes}"] if content.supersedes else []),
    ]
    return unicodedata.normalize("NFC", "\n".join(lines)) + "\n"


def digest(data: str | bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()
