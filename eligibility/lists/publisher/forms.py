"""What kind of pack a title speaks of, and in which sizes such packs are sold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# Kinds of service: nobody scans them, so no list of products holds them.
WITHOUT_PACK: Final = frozenset(
    {
        "dental-and-orthodontic-services", "doctor-hospital-lab-and-telehealth-services", "mental-health-therapy-and-psychiatry",
        "physical-therapy-chiropractic-and-acupuncture", "vision-services-and-laser-eye-surgery", "massage-therapy-and-spa-services",
        "gym-memberships-and-fitness-classes", "weight-loss-programs-and-coaching",
    }
)  # fmt: skip
_SIZE = re.compile(
    r"[\s,(/-]*\b\d+(?:\.\d+)?[\s-]*(?:ct|counts?|ea|each|pk|packs?|pcs|pieces|fl\.?\s*oz|oz|ounces?|ml|g|l|lbs?|tablets|caplets|capsules"
    r"|softgels|gummies|lozenges)\b\.?\)?\s*$",
    re.IGNORECASE,
)
_COUNTS: Final = tuple(f"{count} ct" for count in (10, 12, 20, 24, 30, 36, 48, 50, 60, 72, 90, 100, 120, 150, 180, 200, 250, 300))
_FLUID: Final = tuple(f"{ounces} fl oz" for ounces in (1, 2, 3.4, 4, 6, 8, 10, 12, 16, 20, 24, 32))
_SMALL: Final = tuple(f"{ounces} fl oz" for ounces in (0.25, 0.33, 0.5, 0.67, 1, 1.5, 2))
_OUNCES: Final = tuple(f"{ounces} oz" for ounces in (0.5, 0.75, 1, 1.5, 2, 3, 3.5, 4, 5, 6, 8, 12, 16))
_POUNDS: Final = tuple(f"{ounces} oz" for ounces in (6, 8, 10, 12, 14, 16, 20, 24, 32, 48))
_EACH: Final = tuple(f"{count} ea" for count in (1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24))


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of pack. words: any of them in a title speaks of it."""

    name: str
    words: re.Pattern[str]
    sizes: tuple[str, ...]

    def without_size(self, title: str) -> str:
        bare = _SIZE.sub("", title).strip(" ,-")
        return bare or title


def _form(name: str, words: str, sizes: tuple[str, ...]) -> Form:
    return Form(name, re.compile(rf"\b(?:{words})s?\b", re.IGNORECASE), sizes)


_FORMS: Final = (
    _form("Tablets and capsules", "tablet|tab|tb|caplet|capl?|capsule|softgel|gelcap|geltab|liquid gel|pill|tbs", _COUNTS),
    _form("Gummies and chewables", "gumm(?:y|ie)|chewable|chew|gum", _COUNTS),
    _form("Lozenges", "lozenge|(?:cough|throat) drop", _COUNTS),
    _form("Drops", "drop|tears|serum", _SMALL),
    _form("Creams and gels", "cream|ointment|gel|lotion|balm|paste|stick|salve|jelly|toothpaste|rub", _OUNCES),
    _form("Sprays", "spray|mist|aerosol", _FLUID),
    _form("Liquids", "liquid|syrup|solution|suspension|rinse|shampoo|wash|shake|elixir|oil|cleanser|sanitizer", _FLUID),
    _form("Powders", "powder|granule|mix|salt|formula|protein", _POUNDS),
    _form(
        "Pads, strips and wipes",
        "patch|patche|bandage|pad|wipe|strip|mask|glove|liner|tampon|swab|condom|test|gauze|brief",
        _COUNTS,
    ),
)
_SWALLOWED = re.compile(
    r"supplement|vitamin|mineral|probiotic|medicine|pain-relievers-oral|remedies|antacid|laxative|sleep-aids-otc|anti-diarrheal"
)
_OTHER: Final = _form("Devices and supplies", "device", _EACH)


def form_of(title: str, category_code: str) -> Form:
    """The first kind that the title speaks of; else, where its category is mostly swallowed, tablets."""
    otherwise = _FORMS[0] if _SWALLOWED.search(category_code) else _OTHER
    return next((form for form in _FORMS if form.words.search(title)), otherwise)
