"""Titles that seem to name or reach a person: they stay where they are and train nothing."""

from __future__ import annotations

import re
from typing import Final

from common.card_numbers import holds_card_number
from common.secrets_in_text import EMAIL, holds_key

PATTERNS: Final = (
    re.compile(r"(?<!\d)(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)"),  # a telephone number
    re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"),  # a social security number
    re.compile(r"\b(?:dob|d\.o\.b|date of birth|born(?: on)?)\b", re.IGNORECASE),
    re.compile(r"\b(?:patient|member|policy|rx|prescription|claim|order|account)\s*(?:no\.?|number|id|#)\s*:?\s*\w*\d", re.IGNORECASE),
    re.compile(r"\b(?:patient(?: name)?\s*:|prescribed (?:to|for) (?=[A-Z])|for (?:mr|mrs|ms|miss)\b)", re.IGNORECASE),
    re.compile(r"\b(?:Mr|Mrs|Ms|Dr)\.? [A-Z][a-z]+ [A-Z][a-z]+"),  # Dr. Scholl's is a brand; Dr. Jane Doe is not
    re.compile(r"\b\d{1,5} [A-Z][a-z]+ (?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd)\b"),
)  # fmt: skip


def seems_personal(text: str) -> bool:
    """Does it hold an e-mail address, a number of a person or a card, a key, a name with a title, or an address?"""
    return bool(EMAIL.search(text)) or holds_card_number(text) or holds_key(text) or any(p.search(text) for p in PATTERNS)
