"""What the checker says, in plain language and in one place. Reasons and citations come with each decision."""

from __future__ import annotations

from typing import Final

HEADINGS: Final[dict[str, str]] = {
    "eligible": "Yes, an FSA or HSA card may pay for this",
    "rx": "With a prescription, an FSA or HSA card may pay for this",
    "letter": "With a doctor’s letter, an FSA or HSA card may pay for this",
    "not_eligible": "No, an FSA or HSA card may not pay for this",
    "unknown": "We cannot tell from this",
}
IN_PART: Final = "In part: an FSA or HSA card may pay for the medical share of this"
NOTHING_ASKED: Final = "Write what it is, or the number under its bar code."
NOT_A_GTIN: Final = "This is no bar code number: it has 8, 12, 13 or 14 digits, and the last one checks the others."
TOO_LONG: Final = "This is too long: write at most 300 characters."
TOO_MANY: Final = "Many questions came from your connection. Wait a moment, then ask again."
BUSY: Final = "Many people ask just now. Wait a moment, then ask again."
NOT_NOW: Final = "The checker cannot answer just now. Try again in a minute."
ACCOUNTS: Final[dict[str, str]] = {
    "fsa": "health FSA", "hsa": "HSA", "hra": "HRA", "lpfsa": "limited-purpose FSA",
}  # fmt: skip
EVIDENCE: Final[dict[str, str]] = {
    "list": "It is on the eligible-product list.",
    "human": "A person has looked at it.",
    "guard": "The law is clear here.",
    "model": "This is read from its title. The label of the product has the last word.",
    "none": "Nothing we know is sure enough.",
}


def heading(status: str, *, is_in_part: bool) -> str:
    return IN_PART if is_in_part else HEADINGS[status]


def accounts(kinds: tuple[str, ...]) -> str:
    """“health FSA, HSA or HRA”; empty for none."""
    names = [ACCOUNTS[kind] for kind in kinds if kind in ACCOUNTS]
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else "".join(names)
