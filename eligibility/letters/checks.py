"""What an administrator would deny a letter for, said before it is signed.

Source: the parts that a letter must show and the causes of denial that administrators and letter services publish. A “stop” must be
mended; a “warn” is guidance, and the clinician may know better.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from eligibility.letters import icd10
from eligibility.letters.content import Content
from eligibility.letters.dates import LONGEST_MONTHS
from eligibility.letters.npi import is_npi
from eligibility.letters.tables import credentials, states
from eligibility.taxonomy import taxonomy

Level = Literal["good", "warn", "stop"]
FEWEST_WORDS = 12
VAGUE = re.compile(
    r"\b(general health|wellness|overall health|well-being|wellbeing|healthy lifestyle|self[- ]care|feel better|fitness)\b", re.I
)
TREATS = re.compile(
    r"\b(treat|prevent|alleviat|mitigat|reliev|relief|manag|reduc|cur(e|ing)|diagnos|therap|control|correct|restor|rehabilit|support|improv|"
    r"slow|supplement|replac|strengthen)\w*", re.I,
)  # fmt: skip
COMMON = frozenset(
    [
        "with",
        "without",
        "other",
        "unspecified",
        "chronic",
        "acute",
        "primary",
        "secondary",
        "type",
        "disorder",
        "disease",
        "syndrome",
        "patient",
        "product",
        "this",
        "kind",
    ]
)
CONTENT_WORD = re.compile(r"[^\W\d_]{4,}")
STEM = 5  # “asthma” and “asthmatic”, “insomnia” and “insomniac”


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    code: str
    level: Level
    words: str


def checks_of(content: Content, *, today: date) -> list[Check]:
    """Every check, those that stop first. today: the day of the signature where the provider is licensed."""
    found = [check for rule in RULES for check in rule(content, today)]
    return sorted(found, key=lambda check: ("stop", "warn", "good").index(check.level))


def stops(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.level == "stop"]


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:STEM] for word in CONTENT_WORD.findall(text.casefold()) if word not in COMMON)


def _patient(content: Content, today: date) -> list[Check]:
    if not content.patient_name.strip():
        return [Check("patient", "stop", "Name the patient.")]
    return []


def _diagnosis(content: Content, today: date) -> list[Check]:
    if not content.condition.strip():
        return [Check("condition", "stop", "Name the diagnosed condition.")]
    if not icd10.is_code(content.icd10):
        return [Check("icd10", "stop", "Give the condition's ICD-10-CM code, such as M54.50.")]
    if icd10.is_no_disease(content.icd10):
        return [
            Check(
                "icd10",
                "warn",
                f"{content.icd10} is a reason for a visit, not a disease: administrators deny letters without a diagnosis.",
            )
        ]
    if icd10.is_symptom(content.icd10):
        return [Check("icd10", "warn", f"{content.icd10} is a symptom or finding: a diagnosis is denied less often.")]
    known = icd10.known(content.icd10)
    if known is None:
        return [Check("icd10", "warn", f"{content.icd10} has the form of a code but is not in our table: look it up once more.")]
    return [Check("icd10", "good", f"{known.code}: {known.name}")]


def _link(content: Content, today: date) -> list[Check]:
    known = icd10.known(content.icd10)
    if known is None or not known.categories:
        return []
    strange = [
        name for code, name in zip(content.categories, content.category_names, strict=True) if code not in known.categories
    ]
    if strange:
        return [
            Check(
                "link",
                "warn",
                f"{known.name} is not what letters for {', '.join(strange)} usually name: say clearly how it helps.",
            )
        ]
    return [Check("link", "good", "The diagnosis is one that letters for this usually name.")] if content.categories else []


def _rationale(content: Content, today: date) -> list[Check]:
    text, found = content.rationale, []
    said = _stems(text)
    if len(text.split()) < FEWEST_WORDS:
        found.append(
            Check("rationale_short", "stop", f"Say in at least {FEWEST_WORDS} words how it treats or prevents the condition.")
        )
    elif not TREATS.search(text):
        found.append(
            Check("rationale_treats", "stop", "Say what it does for the condition: treats, prevents, relieves, manages …")
        )
    names = _stems(" ".join((content.condition, known.name if (known := icd10.known(content.icd10)) else "")))
    if names and not names & said:
        found.append(
            Check(
                "rationale_condition",
                "stop",
                "The rationale does not name the condition: administrators deny what is not linked to it.",
            )
        )
    things = _stems(" ".join((*content.category_names, *content.items)))
    if things and not things & said:
        found.append(Check("rationale_item", "stop", "The rationale does not name what is recommended."))
    if vague := VAGUE.search(text):
        found.append(
            Check(
                "rationale_vague",
                "warn",
                f"“{vague[0]}” reads like general health, which is no medical care: name the disease and its treatment.",
            )
        )
    return found or [Check("rationale", "good", "The rationale links the condition to what is recommended.")]


def _scope(content: Content, today: date) -> list[Check]:
    if not content.categories and not content.items:
        return [Check("scope", "stop", "Say what is recommended: a category or an item.")]
    wrong = [code for code in content.categories if code not in taxonomy().by_code or taxonomy().by_code[code].status != "letter"]
    return [Check("scope", "stop", f"“{code}” cannot be made eligible by a letter.") for code in wrong]


def _duration(content: Content, today: date) -> list[Check]:
    if not 1 <= content.months <= LONGEST_MONTHS:
        return [Check("duration", "stop", f"Say for how long: 1 to {LONGEST_MONTHS} months.")]
    return [Check("duration", "good", f"{content.months} month{'s' * (content.months != 1)}")]


def _dates(content: Content, today: date) -> list[Check]:
    if content.issued_on and content.issued_on > today:
        return [Check("issued_on", "stop", "A letter is not signed in the future.")]
    if content.expires_on and content.expires_on < today:
        return [Check("issued_on", "stop", "This letter is over already: nothing that is bought from now on would be covered.")]
    return []


def _provider(content: Content, today: date) -> list[Check]:
    who, found = content.provider, []
    if not who.name.strip():
        found.append(Check("provider_name", "stop", "Name the provider."))
    if not is_npi(who.npi):
        found.append(
            Check("npi", "stop", "The provider's NPI is missing or mistyped: ten digits whose last one checks the others.")
        )
    if who.state not in states():
        found.append(Check("provider_state", "stop", "Name the state in which the provider is licensed."))
    credential = credentials().get(who.credential)
    if credential is None:
        found.append(Check("credential", "stop", f"The credential must be one of {', '.join(credentials())}."))
        return found
    place = states().get(who.state)
    if place and place.physician_usual and not credential.is_physician:
        found.append(
            Check(
                "credential_state",
                "warn",
                f"In {place.name} administrators often want a letter by an MD or DO, not by a {credential.code}.",
            )
        )
    if content.patient_state and who.state and content.patient_state != who.state:
        found.append(
            Check(
                "states_differ",
                "warn",
                f"The provider is licensed in {who.state}, the patient lives in {content.patient_state}: many administrators deny that.",
            )
        )
    if not content.patient_state:
        found.append(Check("patient_state", "warn", "The patient's state is not known: check that the licence is for it."))
    return found or [
        Check("provider", "good", f"{who.name}, {who.credential}, licensed in {who.state}; the NPI's check digit is right.")
    ]


RULES: tuple[Callable[[Content, date], list[Check]], ...] = (
    _patient,
    _diagnosis,
    _link,
    _rationale,
    _scope,
    _duration,
    _dates,
    _provider,
)
