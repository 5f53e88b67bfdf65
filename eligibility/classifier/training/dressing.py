"""Words that say nothing about the status, put onto corpus titles so that the model learns to look past them.

A shop calls anything "organic", "travel size" or "lemon"; foods and toiletries boast of vitamins, zinc and healing
without becoming supplements or drugs; stuffed marketplace titles string several names together. Seeded by the title.
"""

from __future__ import annotations

import random
import zlib

from eligibility.classifier.training.corpus import CorpusRow
from eligibility.classifier.training.noise import bare
from eligibility.taxonomy import Category

DRESSED_SHARE, BOASTING_SHARE, JOINED_SHARE, LABELLED_SHARE = 0.6, 0.5, 0.25, 0.08
_SEED = 77  # other dice than `noise.variants` throws for the same title

_NEUTRAL = (
    "Organic", "Original", "Unscented", "Fragrance Free", "Travel Size", "Extra", "Ultra", "Classic", "Premium", "Natural",
    "Gentle", "Fresh", "Pure", "Deluxe", "Daily", "Complete", "Advanced", "Value Pack", "Family Size", "Mini", "Large",
    "Sensitive", "Clean", "Plus", "Total", "Active", "Simply", "Essential", "Signature", "Everyday",
)  # fmt: skip
_FLAVOURS = (
    "Vanilla", "Lemon", "Cherry", "Mint", "Berry", "Orange", "Peppermint", "Strawberry", "Grape", "Chocolate", "Coconut",
    "Honey", "Green Tea", "Lavender", "Citrus", "Peach", "Mango", "Cucumber", "Eucalyptus", "Rose",
)  # fmt: skip
_COLOURS = ("Black", "White", "Blue", "Pink", "Large", "Small", "Medium", "Gray", "Clear", "Beige", "XL", "Red")
_BOASTS = (
    "with Vitamin C", "with Vitamin E", "with Pro-Vitamin B5", "with Zinc", "with Antioxidants", "with Probiotics",
    "with Collagen", "with Biotin", "with Aloe", "with Protein", "& Aloe", "with Omega-3", "with Turmeric", "with Calcium",
    "Plus Iron", "with Fiber", "with Vitamins", "with Tea Tree Oil", "with Magnesium", "with Echinacea", "with Ginger",
    "with Chamomile", "with Witch Hazel", "with Charcoal", "with Vitamin D", "Immunity", "Energy", "Detox", "Healing",
    "Repair", "Recovery", "Balance", "Defense", "with Electrolytes", "with Melatonin",
)  # fmt: skip
_FOOD = {
    "food-snacks-and-beverages", "fresh-food-meat-and-produce", "pantry-and-packaged-food", "snacks-and-sweets", "beverages",
    "frozen-and-dairy-food", "baby-food-and-snacks", "pet-food-and-treats", "sports-drinks-and-hydration-mixes",
    "infant-formula-standard",
}  # fmt: skip
_TOILETRIES = {
    "lip-balm-and-lip-cosmetics-plain", "feminine-washes-wipes-deodorants-and-douches", "baby-diapers-wipes-and-toiletries",
    "toothpaste-manual-toothbrushes-and-floss", "teeth-whitening", "moisturisers-lotions-and-body-care",
    "anti-aging-and-cosmetic-skin-care", "makeup-and-fragrance", "soap-body-wash-deodorant-and-shaving",
    "shampoo-conditioner-and-hair-styling", "aromatherapy-candles-and-bath-products", "mouthwash",
    "nail-care-and-beauty-tools", "household-cleaners-and-disinfectants", "laundry-and-household-supplies",
}  # fmt: skip
BOASTERS = frozenset(_FOOD | _TOILETRIES)
_JOINTS = (", ", " | ", " - ", " ")


def dressed(row: CorpusRow, category: Category, mate: CorpusRow) -> list[tuple[str, str]]:
    """(form, title): up to four more titles for the row; mate is another title of its category."""
    dice = random.Random(zlib.crc32(row.title.encode()) ^ _SEED)
    plain = bare(row)
    titles = []
    if dice.random() < DRESSED_SHARE:
        titles.append(("neutral words", _with_neutral_words(plain, _likely_words(category), dice)))
    if row.category in BOASTERS and dice.random() < BOASTING_SHARE:
        titles.append(("boasting", _boasting(plain, dice)))
    if mate.title != row.title and dice.random() < JOINED_SHARE:
        titles.append(("two in one", row.title + dice.choice(_JOINTS) + bare(mate)))
    if (label := _label(row, category)) and dice.random() < (1.0 if row.category in BOASTERS else LABELLED_SHARE):
        titles.append(("with its label", f"{row.title} {label}"))
    return titles


def _label(row: CorpusRow, category: Category) -> str:
    """What `description.claims` would find on the product; make-up with a sun filter carries Drug Facts and stays make-up."""
    if category.status == "letter":
        return "dietary supplement" if "supplement" in category.basis.lower() else ""
    if category.status == "eligible":
        return "drug facts" if "CARES" in category.basis else ""
    return "drug facts" if row.category in _TOILETRIES and "spf" in row.title.lower() else ""


def _likely_words(category: Category) -> tuple[str, ...]:
    """What is eaten, drunk or rubbed in has flavours and scents; the rest has sizes and colours."""
    is_consumed = category.code in BOASTERS or category.status == "letter" or "CARES" in category.basis
    return _FLAVOURS if is_consumed else _COLOURS


def _with_neutral_words(plain: str, likely: tuple[str, ...], dice: random.Random) -> str:
    word, other = dice.choice(_NEUTRAL), dice.choice(likely)
    return dice.choices(
        (f"{word} {plain}", f"{plain} {other}", f"{other} {plain}", f"{plain} {word} {other}"), weights=(35, 25, 20, 20)
    )[0]


def _boasting(plain: str, dice: random.Random) -> str:
    boast = dice.choice(_BOASTS)
    goes_behind = boast.startswith(("with", "Plus", "&")) or dice.random() < 0.5
    return f"{plain} {boast}" if goes_behind else f"{boast} {plain}"
