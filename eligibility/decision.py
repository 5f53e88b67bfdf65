"""What is known of one item's eligibility, with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

Status = Literal["eligible", "rx", "letter", "not_eligible", "unknown"]
Evidence = Literal["list", "human", "guard", "model", "none"]

PEOPLE_WHO_MUST_AGREE = 2

STATUS_WORDS: dict[str, str] = {
    "eligible": "Eligible",
    "rx": "Needs a prescription",
    "letter": "Needs a letter",
    "not_eligible": "Not eligible",
    "unknown": "Not known yet",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be judged. `gtin` is as the shop wrote it."""

    title: str
    brand: str = ""
    gtin: str = ""
    category: str = ""
    description: str = ""
    price_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One item's status and everything that speaks for it.

    confidence: 0 to 1, the calibrated probability that the status is right; 1.0 for list, human and guard evidence.
    eligible_fraction: 0 to 1, the share of the price that may be paid; None where the seller must itemise it.
    account_kinds: who may pay, for `letter` and `rx` with the document. Never `dcfsa`, which pays for no medical care.
    likely_category: where the status is unknown, the category the model would have named.
    guard: the id of the rule that decided, where evidence is `guard`.
    cues: what of the title speaks for the category, in words. would_change: what would make the answer another one.
    similar: the nearest training titles, each with title, category (a code), status and similarity (0 to 1); only when asked for.
    letter: the public id of the letter of medical necessity that covers the item.
    is_by_title: its GTIN is on record under a name that is not this title's, so that people decide about the title by itself.
    """

    status: Status
    category: str
    category_name: str
    bucket: str
    account_kinds: tuple[str, ...]
    eligible_fraction: float | None
    evidence: Evidence
    evidence_detail: str
    confidence: float
    list_version: str
    model_version: str
    taxonomy_version: str
    reason: str
    citation: str
    decided_at: str
    likely_category: str = ""
    guard: str = ""
    cues: tuple[str, ...] = ()
    similar: tuple[Mapping[str, Any], ...] = ()
    would_change: str = ""
    letter: str = ""
    agreed_by: int | None = (
        None  # people who agree, for human evidence; None where frozen before they were counted, or a clinician signed
    )

    is_by_title: bool = False

    @property
    def is_vouched_for(self) -> bool:
        """Does a list stand behind it, or two people, so that a charge may call itself substantiated?"""
        is_agreed = self.agreed_by is None or self.agreed_by >= PEOPLE_WHO_MUST_AGREE
        return self.evidence == "list" or (self.evidence == "human" and is_agreed)

    def as_json(self) -> dict[str, Any]:
        lists = {name: list(getattr(self, name)) for name in _TUPLES}
        return {name: getattr(self, name) for name in _NAMES} | lists

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Decision:
        """A decision as it was kept, by this release or any other: what an older one lacks has its default."""
        known: dict[str, Any] = {name: value for name, value in data.items() if name in _FIELDS}
        known.update({name: tuple(known[name]) for name in _TUPLES if name in known})
        return cls(**known)


_NAMES = tuple(field.name for field in fields(Decision))
_FIELDS = frozenset(_NAMES)
_TUPLES = ("account_kinds", "cues", "similar")


def timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
