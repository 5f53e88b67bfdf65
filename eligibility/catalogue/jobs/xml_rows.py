"""A feed in XML as rows: each <item> of RSS 2.0, each <entry> of Atom, with what stands directly in it. Google's g: names are ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError  # nosec B405  # the names alone; what reads is defusedxml

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from eligibility.catalogue.errors import UploadTooLarge, UploadUnreadable

ROWS: Final = frozenset({"item", "entry"})
MAX_ITEM_BYTES: Final = 1_000_000  # between the end of one item and that of the next
MAX_DEPTH: Final = 60


class _Fed:
    """The bytes that the parser asks for, counted from item to item: one item may not fill the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.since, self.row = file, 0, 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.since += len(data)
        if self.since > MAX_ITEM_BYTES:
            raise UploadUnreadable(
                f"Item {self.row + 1:,} is longer than {MAX_ITEM_BYTES:,} bytes: look for one that is not closed."
            )
        return data


def xml_rows(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """The cells of each item, in the file's order. Entities and references to elsewhere are refused. Raises UploadUnreadable."""
    fed = _Fed(file)
    path: list[Element] = []
    try:
        for event, element in iterparse(fed, events=("start", "end"), forbid_entities=True, forbid_external=True):
            if event == "start":
                path.append(element)
                if len(path) > MAX_DEPTH:
                    raise UploadUnreadable("The XML is nested deeper than a feed of products ever is.")
                continue
            path.pop()
            if local(element.tag) not in ROWS:
                continue
            fed.since, fed.row = 0, fed.row + 1
            yield _cells(element)
            element.clear()
            if path:
                path[-1].remove(element)  # so that what was read does not stay in memory
    except DefusedXmlException as error:
        raise UploadUnreadable("The XML declares entities or refers to other files, which a feed has no need of.") from error
    except ParseError as error:
        line, column = error.position
        raise UploadUnreadable(
            f"The XML is broken at line {line:,}, character {column:,}: check the feed with an XML tool."
        ) from error
    except (LookupError, ValueError) as error:
        raise UploadUnreadable("The XML names an encoding that we do not know: send UTF-8.") from error


def local(tag: Any) -> str:
    """The name without its namespace."""
    return str(tag).rpartition("}")[2].lower()


def _cells(item: Element) -> dict[str, str]:
    """Name -> text. Of several of one name the first counts, and one of a namespace, such as g:title, before a bare one."""
    cells: dict[str, str] = {}
    ranked: dict[str, bool] = {}
    for child in item:
        name, is_named = local(child.tag)[:200], "}" in str(child.tag) and "Atom" not in str(child.tag)
        if name and (name not in cells or (is_named and not ranked[name])):
            cells[name], ranked[name] = _text(child), is_named
    return cells


def _text(element: Element) -> str:
    if len(element):  # such as g:shipping: kept as JSON, which nothing is read from
        return json.dumps({local(child.tag): (child.text or "").strip() for child in element}, ensure_ascii=False)
    return (element.text or "").strip() or element.get("href", "")  # Atom's link says where it leads in an attribute


def refuse_too_many_names(count: int, most: int) -> None:
    if count > most:
        raise UploadTooLarge(f"The file has more than {most} different names.")
