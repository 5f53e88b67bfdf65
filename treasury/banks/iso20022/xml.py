"""Small steps up and down an XML tree, whatever the prefix of its namespace."""

from __future__ import annotations

import re
from datetime import date
from typing import Final
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring  # writes alone; what reads is defusedxml

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from treasury.banks.errors import FileUnreadable

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
MONEY: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2})0*)?")


def document(message: str) -> Element:
    return Element("Document", xmlns=f"{NAMESPACE}{message}")


def add(parent: Element, path: str, text: str | None = None, **attributes: str) -> Element:
    """The element at the end of `path`, made with all that lies between."""
    *between, last = path.split("/")
    for name in between:
        parent = SubElement(parent, name)
    made = SubElement(parent, last, attributes)
    made.text = text
    return made


def written(root: Element) -> bytes:
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def opened(raw: bytes, message: str) -> Element:
    """The document of this very message, its names without their namespace. Raises FileUnreadable."""
    try:
        root: Element = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise FileUnreadable("The file is not XML that can be read, or it holds a document type, which is not taken.") from None
    if root.tag != f"{{{NAMESPACE}{message}}}Document":
        raise FileUnreadable(f"The file says that it is {message_of(root.tag)}; {message} is what is read here.")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def message_of(tag: str) -> str:
    """What a document's name says that it is, shortened."""
    return tag.rpartition("}")[0].removeprefix("{").removeprefix(NAMESPACE)[:40] or "nothing known"


def text_at(element: Element, path: str, *, default: str | None = None) -> str:
    """Raises FileUnreadable where nothing stands there and there is no default."""
    found = element.findtext(path)
    if found is not None and found.strip():
        return found.strip()
    if default is None:
        raise FileUnreadable(f"{element.tag} has no {path}.")
    return default


def day_at(element: Element, path: str) -> date:
    """Of a date, or of the date in a time (`path` names the choice's parent)."""
    text = text_at(element, f"{path}/Dt", default=text_at(element, f"{path}/DtTm", default=""))
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise FileUnreadable(f"{path} of {element.tag} is no day.") from None


def signed_cents(element: Element) -> int:
    """Amt with its currency and CdtDbtInd: above 0 is money in. Only dollars are read."""
    amount = element.find("Amt")
    if amount is None or amount.get("Ccy") != "USD":
        raise FileUnreadable(f"{element.tag} has no amount in US dollars.")
    cents = cents_of(amount.text or "")
    direction = text_at(element, "CdtDbtInd")
    if direction not in {"CRDT", "DBIT"}:
        raise FileUnreadable(f"{element.tag} is neither credit nor debit.")
    return cents if direction == "CRDT" else -cents


def cents_of(text: str) -> int:
    found = MONEY.fullmatch(text.strip())
    if not found:
        raise FileUnreadable(f"“{text[:20]}” is no amount in dollars and cents.")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
