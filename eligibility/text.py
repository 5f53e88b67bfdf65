"""Makes one clean line of text out of what a shop calls a product."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

import ftfy

from eligibility.trade import without_trade

MAX_CHARS = 300  # a title's first 300 characters name the product; stuffed marketplace titles go on for thousands
RAW_MAX_CHARS = 1_200  # repairs are not free: nobody reads further than this

_WHITESPACE = re.compile(r"\s+")
_JOINED_WORDS = re.compile(r"[a-z0-9][-_+][a-z0-9]", re.IGNORECASE)
_SEPARATOR = re.compile(r"[-_+]")
_SHELF_NOTES = re.compile(r"\(?\bdiscontinued(?: by manufacturer| item)?\)?|\bposted \d+/\d+/\d+\b", re.IGNORECASE)
_TILL_TEXT = re.compile(r"^[^a-z]*[A-Z][^a-z]*$")
_GLUED_COUNT = re.compile(r"\b(\d+(?:\.\d+)?)(CT|OZ|ML|MG|MCG|PK|EA|LB|FL|GM)\b", re.IGNORECASE)

# A UTF-8 letter that went through a DOS code page and lost its first byte's box-drawing sign: "Cr+¿me", "Satin Floss-á".
_DOS_PAIR = re.compile(r"([+-])([\u0080-\uffff])")
_DOS_LEAD = {"+": 0xC3, "-": 0xC2}

# How tills shorten words when a line has 24 characters.
TILL_WORDS = {
    "ADH": "adhesive", "ALLRGY": "allergy", "ANTIB": "antibiotic", "ANTICD": "antacid", "APAP": "acetaminophen",
    "ASP": "aspirin", "BBY": "baby", "BNDG": "bandage", "BNDGE": "bandage", "BTL": "bottle", "CAPLT": "caplets",
    "CHEW": "chewable", "CHLDRN": "children's", "CHLD": "children's", "CHOC": "chocolate", "CHKN": "chicken",
    "CLNSR": "cleanser", "CND": "conditioner", "COND": "conditioner", "CPLT": "caplets", "CPLTS": "caplets",
    "CPS": "capsules", "CAPS": "capsules", "CRM": "cream", "CGH": "cough", "CNGST": "congestion", "DEOD": "deodorant",
    "DET": "detergent", "DNTL": "dental", "DRP": "drops", "DRPS": "drops", "FRZN": "frozen", "GLUC": "glucose",
    "GMY": "gummies", "GUMM": "gummies", "HDCHE": "headache", "HND": "hand", "IBU": "ibuprofen", "INCONT": "incontinence",
    "INF": "infant", "LIQ": "liquid", "LOT": "lotion", "LZNG": "lozenges", "MAX": "maximum", "MED": "medicated",
    "MLK": "milk", "MLTVIT": "multivitamin", "MOIST": "moisturizing", "MSTR": "moisturizing", "MTHWSH": "mouthwash",
    "NASL": "nasal", "OINT": "ointment", "ORG": "organic", "PLSTR": "plaster", "PN": "pain", "RLF": "relief",
    "RLVR": "reliever", "RLVF": "relief", "SFTGL": "softgels", "SHMP": "shampoo", "SHMPO": "shampoo", "SNSCRN": "sunscreen",
    "SUNSCRN": "sunscreen", "SPRY": "spray", "STR": "strength", "STRN": "strength", "SUPP": "supplement", "SYRP": "syrup",
    "TABS": "tablets", "TAB": "tablets", "TBS": "tablets", "TMPN": "tampons", "TPASTE": "toothpaste", "THERM": "thermometer",
    "TSSUE": "tissue", "UNDRWR": "underwear", "VIT": "vitamin", "WHT": "white", "WHTNG": "whitening", "XS": "extra strength",
    "XTRA": "extra", "YGRT": "yogurt",
}  # fmt: skip


@lru_cache(maxsize=2_048)  # list, people, rules, cues and classifier each ask for the same title
def normalise(title: str, brand: str = "") -> str:
    """Repair and fold a title, without codes, prices and sales talk; the brand goes in front unless the title names it. Never raises, never exceeds MAX_CHARS."""
    line = without_trade(_clean(title))
    name = _clean(brand)
    if name and _letters(name) not in _letters(line):
        line = f"{name} {line}"
    return line[:MAX_CHARS].strip()


def _clean(raw: str) -> str:
    text = str(raw)[:RAW_MAX_CHARS]
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates reach us through JSON escapes
    text = ftfy.fix_text(text, unescape_html=True, uncurl_quotes=True)
    text = _DOS_PAIR.sub(_undo_dos_pair, text)
    text = "".join(_printable(char) for char in text)
    text = _open_slug(text)
    text = _SHELF_NOTES.sub(" ", text)
    text = _WHITESPACE.sub(" ", text).strip()
    return _expand_till_words(text) if len(text) < 60 and _TILL_TEXT.match(text) else text


def _printable(char: str) -> str:
    if char == "\ufffd":
        return " "
    category = unicodedata.category(char)
    if category == "Cf":  # zero-width and direction marks
        return ""
    return " " if category[0] == "C" else char


def _undo_dos_pair(match: re.Match[str]) -> str:
    try:
        tail = match[2].encode("cp437")
        return bytes([_DOS_LEAD[match[1]], tail[0]]).decode("utf-8")
    except UnicodeError:
        return match[0]


def _open_slug(text: str) -> str:
    """`tylenol-extra-strength_100-ct` and `Tylenol%20PM` become words again."""
    if "%20" in text:
        text = unquote(text)
    stripped = text.strip()
    if _is_slug(stripped):
        return _SEPARATOR.sub(" ", stripped)
    return text.replace("_", " ")


def _is_slug(text: str) -> bool:
    """Is it one run of characters in which at least two separators join words? In linear time, whatever is sent."""
    if _WHITESPACE.search(text):
        return False
    joined = _JOINED_WORDS.search(text)
    return joined is not None and _SEPARATOR.search(text, joined.end()) is not None


def _expand_till_words(text: str) -> str:
    opened = _GLUED_COUNT.sub(r"\1 \2", text)
    return " ".join(TILL_WORDS.get(word.strip(".,/"), word) for word in opened.split(" "))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
