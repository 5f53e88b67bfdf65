"""What people of risk look at before a business may sell, and what an applicant must say and show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from merchants.onboarding.models import Application, ApplicationDocument

Paper = ApplicationDocument.Kind
OWNS_A_QUARTER: Final = 25  # per cent: from here the FinCEN rule wants to know an owner (31 CFR 1010.230(d)(1))


@dataclass(frozen=True, slots=True)
class Check:
    """kind: as stored. about: the fields that it looks at: what changes in them is looked at again. is_due: whether this application needs it."""

    kind: str
    title: str
    how: str
    about: tuple[str, ...]
    is_due: Callable[[Application], bool] = lambda application: True


CHECKS: Final = (
    Check("existence", "The business exists", "Its formation papers name it; the state’s register says active.", ("name", "legal_name", "kind")),
    Check("ein", "The EIN is its own", "The IRS letter (CP 575 or 147C) carries the legal name and the EIN.", ("ein", "legal_name")),
    Check(
        "control", "The control person is who they say",
        "Identity paper against name, date of birth and address; the number is plausible.", ("people",),
    ),
    Check(
        "owners", "The owners are who they say", "Each owner of 25% or more, as the control person. Nobody owns that much: say so.",
        ("people",),
    ),
    Check(
        "screening", "Names are on no sanctions list",
        "Look the business and each person up in the OFAC list yourself and write the date and the result: the platform asks no service.",
        ("name", "legal_name", "people"),
    ),
    Check("address", "The address is real", "A paper of the last 90 days, or the register; no mailbox alone.", ("address",)),
    Check("goods", "What it sells fits", "Look at the website: goods, prices, terms, contact, refunds; nothing forbidden.", ("website", "sells")),
    Check(
        "mcc", "The category code is right", "The code says what is mostly sold: it decides what benefit cards may pay.", ("mcc", "sells"),
    ),
    Check(
        "certification", "IIAS or the 90% rule is proven", "The SIGIS certificate, or the merchant’s sales figures.", ("claims_iias", "claims_ninety_percent"),
        lambda application: application.claims_iias or application.claims_ninety_percent,
    ),
    Check("bank", "The bank account is its own", "Bank letter or voided cheque with the legal name.", ("bank_name", "legal_name")),
)  # fmt: skip
BY_KIND: Final = {check.kind: check for check in CHECKS}


def missing(application: Application) -> list[str]:
    """What keeps the application from being submitted, in words for the applicant; empty when nothing does."""
    wanted = {
        "legal_name": "the legal name", "kind": "the kind of business", "ein": "the EIN", "address": "the business address",
        "website": "the website", "mcc": "the merchant category code", "sells": "what you sell",
        "monthly_volume_cents": "the expected sales a month", "largest_sale_cents": "the largest sale", "bank_name": "the bank",
    }  # fmt: skip
    lacks = [words for name, words in wanted.items() if not getattr(application, name)]
    people = list(application.people.all())
    if not any(person.is_control for person in people):
        lacks.append("one person who controls the business")
    if sum(person.owned_percent for person in people) > 100:
        lacks.append("owners’ shares that add up to 100% at most")
    return lacks + [f"a document: {words}" for words in _missing_papers(application)]


def _missing_papers(application: Application) -> list[str]:
    there = set(application.documents.values_list("kind", flat=True))
    due = [Paper.FORMATION, Paper.EIN_LETTER, Paper.IDENTITY, Paper.BANK]
    if application.kind == Application.Kind.SOLE:
        due.remove(Paper.FORMATION)  # a sole proprietor has none
    if application.claims_iias or application.claims_ninety_percent:
        due.append(Paper.CERTIFICATION)
    return [str(kind.label) for kind in due if kind not in there]
