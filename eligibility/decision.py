"""What is known of one item's eligibility, with its evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

Status = Literal["eligible", "rx", "letter", "not_eligible", "unknown"]
Evidence = Literal["list", "human", "model", "none"]

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

    confidence: 0 to 1, the calibrated probability that the status is right; 1.0 for list and human evidence.
    eligible_fraction: 0 to 1, the share of the price that may be paid; None where the seller must itemise it.
    likely_category: where the status is unknown, the category the model would have named.
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

    @property
    def is_vouched_for(self) -> bool:
        """Does a list or a person stand behind it, so that a charge may call itself substantiated?"""
        return self.evidence in {"list", "human"}

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "account_kinds": list(self.account_kinds)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Decision:
        return cls(**{**data, "account_kinds": tuple(data["account_kinds"])})


def timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
