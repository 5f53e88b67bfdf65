"""`manage.py build_docs OUT`: the documentation as files that any web server can show, its links checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from portal.handbook.contents import HOME, NAMES, SECTIONS, neighbours
from portal.handbook.render import page
from portal.handbook.search import search_index

ADDRESS = re.compile(r'(?P<name>href|src)="(?P<url>/[^"#]*)(?P<part>#[^"]*)?"')
STATIC = ("css/tokens.css", "css/base.css", "css/components.css", "css/docs.css", "js/ui.js", "img/mark.svg")
SCRIPTS = ("docs", "copy", "tabs", "search")


class Command(BaseCommand):
    help = "Write the documentation as a static site."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("out", type=Path, help="A folder that is empty, or holds a site written before.")
        parser.add_argument("--platform", default=settings.BASE_URL, help="Where the API reference and the playground are.")

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        if out.exists() and any(out.iterdir()) and not (out / "docs" / "search.json").exists():
            raise CommandError(f"{out} is not empty, and not a site of ours: name another folder.")
        pages: dict[str, str] = {HOME: render_to_string("guides/home.html", {"sections": SECTIONS, "here": HOME})}
        pages |= {f"{HOME}{name}/": _page(name) for name in sorted(NAMES)}
        files = {f"static/{name}" for name in (*STATIC, *(f"js/docs/{script}.js" for script in SCRIPTS))}
        if faults := _faults(pages, files):
            raise CommandError("These links lead nowhere:\n" + "\n".join(faults))
        for address, html in pages.items():
            _write(out / address.strip("/") / "index.html", _outward(html, set(pages), options["platform"].rstrip("/")).encode())
        _write(out / "docs" / "search.json", search_index().encode())
        for name in files:
            _write(out / name, Path(str(finders.find(name.removeprefix("static/")))).read_bytes())
        self.stdout.write(f"{len(pages)} pages in {out}")


def _page(name: str) -> str:
    before, after = neighbours(name)
    found = page(name)
    html = mark_safe(found.html)  # noqa: S308  # nosec B308 B703 - our own files, raw HTML off
    context = {"sections": SECTIONS, "here": f"{HOME}{name}/", "page": found, "html": html, "before": before, "after": after}
    return render_to_string("guides/page.html", context)


def _faults(pages: dict[str, str], files: set[str]) -> list[str]:
    """Links of ours to pages, parts or files that are not written."""
    faults = []
    for address, html in pages.items():
        links = {(found["url"], found["part"] or "") for found in ADDRESS.finditer(html)}
        links |= {(address, part) for part in re.findall(r'href="(#[^"]+)"', html)}
        for url, part in sorted(links):
            is_known = url in pages or url.strip("/") in files or not (url.startswith((HOME, "/static/"))) or url in _elsewhere()
            is_there = not part or url not in pages or f'id="{part[1:]}"' in pages[url]
            if not (is_known and is_there):
                faults.append(f"{address}: {url}{part}")
    return faults


def _elsewhere() -> set[str]:
    """Addresses below /docs/ that only a running platform has."""
    return {entry.url.split("#")[0] for section in SECTIONS for entry in section.entries if entry.url}


def _outward(html: str, ours: set[str], platform: str) -> str:
    """Links to what only a running platform has lead to one."""

    def link(found: re.Match[str]) -> str:
        url = found["url"]
        before = "" if url in ours or url.startswith("/static/") else platform
        return f'{found["name"]}="{before}{url}{found["part"] or ""}"'

    return ADDRESS.sub(link, html)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
