"""Codes of ICD-10-CM: their form, and what a code's chapter says about a letter.

Form: a letter, a digit, a digit or A/B, then after a point up to four letters or digits (ICD-10-CM guidelines, I.A.2). A placeholder
is an X.
"""

from __future__ import annotations

import re

from eligibility.letters.tables import Diagnosis, diagnoses

FORM = re.compile(r"[A-TV-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?|U[0-9][0-9AB](\.[0-9A-Z]{1,4})?")


def tidy(written: str) -> str:
    """As it is printed: capitals, with the point after the third character."""
    code = re.sub(r"[\s.]", "", written).upper()
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def is_code(written: str) -> bool:
    """Has it the form of a code? Whether the code exists, only the full table tells."""
    return FORM.fullmatch(tidy(written)) is not None


def known(written: str) -> Diagnosis | None:
    return diagnoses().get(tidy(written))


def is_no_disease(written: str) -> bool:
    """Chapter 21 (Z codes): reasons for an encounter, such as a check-up or counselling. Few are a disease to treat."""
    return tidy(written).startswith("Z")


def is_symptom(written: str) -> bool:
    """Chapter 18 (R codes): a symptom or finding, where a diagnosis would say more."""
    return tidy(written).startswith("R")
