"""What the search of the documentation knows: one row for each part of each page."""

from __future__ import annotations

import json
import re
from functools import cache

from portal.handbook.contents import HOME, PAGES
from portal.handbook.render import page

MOST_WORDS = 90  # of one part; together some 100 KB before compression


@cache
def search_index() -> str:
    """JSON: a list of [page's title, heading or "", address, words]."""
    rows = []
    for entry in PAGES:
        for heading, text in page(entry.name).parts:
            words = re.sub(r"[\s|`*]+", " ", text).strip().split(" ")[:MOST_WORDS]
            if heading or any(words):
                address = f"{HOME}{entry.name}/" + (f"#{heading.anchor}" if heading else "")
                rows.append([page(entry.name).title, heading.text if heading else "", address, " ".join(words)])
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
