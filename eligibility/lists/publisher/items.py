"""Made-up products: the corpus's titles under many brands and in many sizes, each with a GTIN of its own.

All GTINs stand in GS1's ranges for restricted circulation (UPC-12 4…, EAN-13 20 to 29, GTIN-8 2…), which no product in trade bears.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from eligibility.classifier.training.corpus import CorpusRow, load_corpus
from eligibility.gtin import check_digit
from eligibility.lists.layout import STATUSES
from eligibility.lists.publisher.forms import WITHOUT_PACK, form_of
from eligibility.lists.records import ADD, Record
from eligibility.taxonomy import taxonomy

SOURCE: Final = "Sandbox list committee"
LEAST, MOST = 100, 5_000_000
LONGEST_TITLE: Final = 110
HOUSE_BRANDS: Final = (
    "Equate", "Walgreens", "CVS Health", "Kroger", "GoodSense", "up & up", "TopCare", "Rite Aid", "Publix", "Signature Care", "Leader",
    "Sunmark", "Rugby", "Major", "Kirkland Signature", "Member's Mark", "Amazon Basic Care", "Harris Teeter", "Food Lion", "H-E-B",
    "CareOne", "Family Wellness",
)  # fmt: skip
_SPREAD: Final = 7_368_787  # shares no factor with ten, so that index × _SPREAD visits every number of so many digits once
_GTIN_8S: Final = 10**6
_WORD = re.compile(r"[A-Za-z]{3}")


@dataclass(frozen=True, slots=True)
class Base:
    """One title without brand and size, and under which brands and in which sizes it is sold."""

    description: str
    category_code: str
    form: str
    brands: tuple[str, ...]
    sizes: tuple[str, ...]


class Items:
    """Products by number. The same seed and number is the same product, however many there are."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._bases = list(_bases())
        random.Random(seed).shuffle(self._bases)
        self._categories = {category.code: category for category in taxonomy().categories}

    def record(self, number: int) -> Record:
        """The product as a list's row, in force from the version's own day."""
        turn, place = divmod(number, len(self._bases))
        base = self._bases[place]
        combination = (_mixed(self._seed, place) + turn) % (len(base.brands) * len(base.sizes))
        size, brand = divmod(combination, len(base.brands))
        category = self._categories[base.category_code]
        return Record(
            gtin14=self.gtin(number).zfill(14), brand=base.brands[brand], description=base.description, size=base.sizes[size],
            category_code=category.code, subcategory=base.form, status=category.status, bucket=category.bucket,
            rx_flag=category.status == "rx", effective_date=None, termination_date=None, change_code=ADD, replaced_by_gtin="",
            source=SOURCE,
        )  # fmt: skip

    def gtin(self, number: int) -> str:
        """The code as it stands on the pack: of 8, 12, 13 or 14 digits."""
        roll = _mixed(self._seed + 1, number) % 100
        if roll < 4 and number < _GTIN_8S:
            body = f"2{self._spread(number, 6)}"
        elif roll < 12:  # a case: an indicator before the UPC
            body = f"{roll % 8 + 1}04{self._spread(number, 10)}"
        elif roll < 30:
            body = f"2{self._spread(number, 11)}"
        else:
            body = f"4{self._spread(number, 10)}"
        return body + check_digit(body)

    def _spread(self, number: int, digits: int) -> str:
        return f"{(number * _SPREAD + self._seed * 10_007) % 10**digits:0{digits}d}"


@lru_cache(maxsize=1)
def _bases() -> tuple[Base, ...]:
    """Every title of the corpus that could stand on a list, once."""
    known = taxonomy()
    listed = {category.code for category in known.categories if category.status in STATUSES} - WITHOUT_PACK
    rows = [row for row in load_corpus(known) if row.category in listed and _reads_well(row.title)]
    brands = {row.brand.casefold(): row.brand for row in rows if len(row.brand) > 3}
    found = {(base.description.casefold(), base.brands): base for base in (_base(row, brands) for row in rows)}
    return tuple(base for base in found.values() if _WORD.search(base.description))


def _reads_well(title: str) -> bool:
    return title.isascii() and ";" not in title and "..." not in title and len(title) <= LONGEST_TITLE and " " in title


def _base(row: CorpusRow, brands: dict[str, str]) -> Base:
    form = form_of(row.title, row.category)
    words = row.title.split()
    brand = row.brand or brands.get(" ".join(words[:2]).casefold(), "") or brands.get(words[0].casefold(), "")
    description = form.without_size(row.title)
    if brand and description.casefold().startswith(brand.casefold()):
        description = description[len(brand) :].lstrip(" ,:-'")
    makers = HOUSE_BRANDS if not brand or brand in HOUSE_BRANDS else (brand,)
    return Base(description, row.category, form.name, makers, form.sizes)


def _mixed(seed: int, number: int) -> int:
    """A number of 32 bits that looks thrown (the finaliser of splitmix64)."""
    x = (number + 1) * 0x9E3779B97F4A7C15 + seed * 0xD1B54A32D192ED03 & 0xFFFFFFFFFFFFFFFF
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    return (x ^ x >> 27) >> 32
