"""Letters for tests: a clinician with a licence, and a letter in each of its states."""

from __future__ import annotations

from typing import Any

from eligibility.decision import Item
from eligibility.letters.services import claim_letter, request_letter
from eligibility.letters.signing import issue_letter
from eligibility.models import Clinician, Letter
from merchants.models import Merchant
from people.models import User
from people.roles import CLINICIAN, give_role
from shoppers.models import Shopper
from shoppers.services import shopper_for_email

NPI = "1234567893"  # the number that the standard shows as an example
MASSAGE, VITAMINS = "massage-guns-and-massagers", "vitamins-and-multivitamins"
RATIONALE = (
    "The massage gun is used daily on the lumbar muscles to treat her chronic low back pain: it reduces muscle spasm "
    "and has let her stop anti-inflammatory medicine."
)
CONTENT: dict[str, Any] = {
    "condition": "Chronic low back pain", "icd10": "M54.50", "rationale": RATIONALE, "months": 12,
    "patient_name": "Philippa Wetherington", "patient_state": "NY",
}  # fmt: skip


def a_clinician(username: str = "dr_lee", **fields: Any) -> User:
    """Somebody with the role and a confirmed licence of New York."""
    user = User.objects.create_user(username=username, email=f"{username}@clinic.example", password="correct horse battery")
    give_role(user=user, role=CLINICIAN)
    licence = {"name": "Ada Lee", "credential": "MD", "npi": NPI, "licences": ["NY"], "licence_number": "NY-301442"}
    Clinician.objects.create(user=user, **{**licence, **fields})
    return user


def a_shopper(merchant: Merchant, email: str = "pip@example.com") -> Shopper:
    return shopper_for_email(merchant=merchant, email=email)


def requested(merchant: Merchant, **fields: Any) -> Letter:
    """Asked for massage guns, unless told otherwise."""
    wanted = {
        "patient_name": CONTENT["patient_name"],
        "patient_state": "NY",
        "condition": "My back hurts",
        "categories": [MASSAGE],
    }
    return request_letter(merchant=merchant, **{"shopper": a_shopper(merchant), **wanted, **fields})


def in_review(merchant: Merchant, by: User, **fields: Any) -> Letter:
    """Taken up, and written so that nothing stops the signature. Fields of CONTENT may differ."""
    written = {name: fields.pop(name, value) for name, value in CONTENT.items()}
    letter = claim_letter(letter=requested(merchant, **fields), by=by)
    for name, value in written.items():
        setattr(letter, name, value)
    letter.save()
    return letter


def issued(merchant: Merchant, by: User, **fields: Any) -> Letter:
    """Signed now, or at `now`."""
    now = fields.pop("now", None)
    return issue_letter(letter=in_review(merchant, by, **fields), by=by, factor="totp", now=now)


def item(title: str = "Therapeutic massage gun", gtin: str = "") -> Item:
    return Item(title=title, gtin=gtin)
