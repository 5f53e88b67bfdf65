"""A file of docs/ as a page: headings with addresses, samples with their language, tables that scroll by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from portal.handbook.contents import GENERATED, HOME, NAMES
from portal.handbook.written import written

LINK: Final = re.compile(r"\[([^\]]+)\]\((?!https?://|#|/)([^)\s]+)\)")
LANGUAGES: Final = {
    "sh": "Shell", "python": "Python", "js": "JavaScript", "ts": "TypeScript", "jsx": "React", "php": "PHP", "html": "HTML", "json": "JSON", "http": "HTTP",
}  # fmt: skip
TABS: Final = frozenset({"sh", "python", "js", "php"})  # beside each other these say the same thing


@dataclass(frozen=True, slots=True)
class Heading:
    """level: 2 or 3."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """title: its first heading; html: everything below it; parts: (heading or None, plain text) for the search."""

    title: str
    html: str
    headings: tuple[Heading, ...]
    parts: tuple[tuple[Heading | None, str], ...]


def source(name: str) -> str:
    """The Markdown of one page."""
    return written(name) if name in GENERATED else (Path(settings.BASE_DIR) / "docs" / f"{name}.md").read_text("utf-8")


@cache
def page(name: str) -> Page:
    """One of NAMES, read once for each process."""
    heading, _, text = source(name).partition("\n")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = list(_in_tabs(markdown.parse(LINK.sub(_link, text))))
    headings = tuple(_headings(tokens))
    renderer: Any = markdown.renderer
    renderer.rules |= {"fence": _fence, "code_block": _fence, "table_open": _table_open, "table_close": _table_close}
    html = renderer.render(tokens, markdown.options, {})
    return Page(heading.removeprefix("# "), html, headings, tuple(_parts(tokens, headings)))


def _link(found: re.Match[str]) -> str:
    """A link to another file of docs/ leads to its page, if it has one here; else it becomes plain words."""
    words, target = found.groups()
    name, hash_sign, anchor = target.partition("#")
    name = name.removesuffix(".md")
    return f"[{words}]({HOME}{name}/{hash_sign}{anchor})" if name in NAMES else words


def anchor(heading: str) -> str:
    """As GitHub calls it: lower case, hyphens for spaces, no signs."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """Give each heading its address, and say which there are."""
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(inside.content))
            yield Heading(int(opening.tag[1:]), anchor(inside.content), _plain(inside))


def _plain(inline: Token) -> str:
    return "".join(
        child.content if child.type in {"text", "code_inline"} else " " for child in inline.children or [] if not child.nesting
    )


def _in_tabs(tokens: list[Token]) -> Iterator[Token]:
    """Neighbouring samples in different languages are put into one box, which a script turns into tabs."""
    for is_sample, run in groupby(tokens, lambda token: token.type == "fence" and _language(token) in TABS):
        together = list(run)
        languages = [_language(token) for token in together]
        if is_sample and len(set(languages)) == len(languages) > 1:
            yield Token("tabs_open", "div", 1, attrs={"class": "tabs", "data-tabs": ""}, block=True)
            yield from together
            yield Token("tabs_close", "div", -1, block=True)
        else:
            yield from together


def _language(token: Token) -> str:
    return token.info.split()[0] if token.info.split() else ""


def _fence(tokens: list[Token], at: int, _options: Any, _env: Any) -> str:
    language = _language(tokens[at])
    word = LANGUAGES.get(language, "")
    code = escape(tokens[at].content.rstrip("\n"), quote=False)
    caption = f"<figcaption>{word}</figcaption>" if word else ""
    return (
        f'<figure class="sample" data-language="{escape(language)}">{caption}'
        f'<pre tabindex="0" role="group" aria-label="{f"Sample: {word}" if word else "Sample"}"><code>{code}</code></pre></figure>\n'
    )


def _table_open(_tokens: list[Token], _at: int, _options: Any, _env: Any) -> str:
    return '<div class="table-wrap" role="group" aria-label="Table" tabindex="0"><table>\n'


def _table_close(_tokens: list[Token], _at: int, _options: Any, _env: Any) -> str:
    return "</table></div>\n"


def _parts(tokens: list[Token], headings: tuple[Heading, ...]) -> Iterator[tuple[Heading | None, str]]:
    """The page's words, cut at its headings."""
    known = iter(headings)
    heading: Heading | None = None
    words: list[str] = []
    for before, token in pairwise([Token("start", "", 0), *tokens]):
        if token.type == "heading_open":
            yield heading, " ".join(words)
            heading, words = next(known), []
        elif token.type == "inline" and before.type != "heading_open":
            words.append(_plain(token))
        elif token.type in {"fence", "code_block"}:
            words.append(token.content)
    yield heading, " ".join(words)
