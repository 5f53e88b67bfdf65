"""The guides of docs/ as pages of a running platform, for a merchant's developer who has no checkout of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# File of docs/ (without .md) -> where a running platform shows it. Links to other files become plain words.
SHOWN: Final = {
    "getting-started": "/v1/docs/getting-started/",
    "webhooks": "/v1/docs/webhooks/",
    "catalogue": "/v1/docs/catalogue/",
    "errors": "/v1/docs/errors/",
}
GUIDES: Final = ("getting-started", "catalogue", "webhooks")
LINK: Final = re.compile(r"\[([^\]]+)\]\((?!https?://|#)([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Guide:
    """title: its first heading; html: everything below it."""

    title: str
    html: SafeString


@cache
def guide(name: str) -> Guide:
    """One of GUIDES, read once for each process."""
    heading, _, text = (Path(settings.BASE_DIR) / "docs" / f"{name}.md").read_text("utf-8").partition("\n")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(LINK.sub(_link, text))
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", _anchor(inside.content))
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Guide(heading.removeprefix("# "), mark_safe(html))  # noqa: S308  # nosec B308 B703 - ours, raw HTML off


def _link(found: re.Match[str]) -> str:
    """A link to another file of docs/ leads to its page, if it has one here."""
    words, target = found.groups()
    name, hash_sign, anchor = target.partition("#")
    page = SHOWN.get(name.removesuffix(".md"))
    return f"[{words}]({page}{hash_sign}{anchor})" if page else words


def _anchor(heading: str) -> str:
    """As GitHub calls it: lower case, hyphens for spaces, no signs."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
