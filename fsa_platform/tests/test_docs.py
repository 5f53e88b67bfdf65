"""The documents say what the code does: settings, error codes, links, pictures."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from portal.error_codes import error_codes

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "infra" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
MAX_PICTURE_BYTES = 200_000


def settings_read() -> dict[str, object]:
    """Name -> default of every value that the settings read from the environment; `...` where it is an expression or none."""
    found: dict[str, object] = {}
    files = (ROOT / "fsa_platform" / "settings").glob("*.py")
    for call in (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "env":
            name, *rest = call.args
            assert isinstance(name, ast.Constant)
            found[name.value] = rest[0].value if rest and isinstance(rest[0], ast.Constant) else ...
    return found


def settings_documented() -> dict[str, str]:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    table = text[text.index("## Settings") : text.index("## Processes")]
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.+?) \|", table, re.MULTILINE))


def test_every_setting_is_documented_and_no_other():
    assert set(settings_documented()) == set(settings_read())


def test_documented_defaults_are_the_real_ones():
    documented = settings_documented()
    plain = {name: default for name, default in settings_read().items() if default is not ... and name != "REDIS_URL"}

    assert len(plain) > 10
    empty = {name for name, default in plain.items() if default == ""}
    assert {name: documented[name] for name in plain if name not in empty} == {
        name: f"`{default}`" for name, default in plain.items() if name not in empty
    }
    assert [name for name in empty if documented[name] == "``"] == []  # said in words: an empty code span shows nothing


def test_every_error_code_stands_in_the_list_as_the_code_has_it():
    lines = set((ROOT / "docs" / "errors.md").read_text("utf-8").splitlines())
    expected = {
        f"| `{e.code}` | {', '.join(map(str, e.http_statuses))} | {'yes' if e.is_retryable else ''} | {e.meaning} | {e.fix} |"
        for e in error_codes()
    }

    assert expected - lines == set()
    assert {line for line in lines if re.match(r"\| `\w+` \| \d", line)} - expected == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_files_leads_somewhere(document):
    targets = [link.split("#")[0] for link in LINK.findall(document.read_text("utf-8")) if "://" not in link]

    assert [target for target in targets if target and not (document.parent / target).exists()] == []


def test_every_decision_record_is_in_the_index():
    records = {path.name for path in (ROOT / "docs" / "adr").glob("0*.md")}
    index = set(LINK.findall((ROOT / "docs" / "adr" / "README.md").read_text("utf-8")))

    assert records
    assert index == records


def test_every_file_that_the_glossary_names_exists():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    named = re.findall(r"`([a-z_]+/[\w/.-]+\.(?:py|csv))`", text)

    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_every_class_that_the_glossary_names_exists():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    missing = []
    for module, name in re.findall(r"`([a-z_.]+)\.([A-Z]\w+)`", text):
        folder = ROOT / module.replace(".", "/")
        sources = [*folder.glob("*.py")] if folder.is_dir() else [folder.with_suffix(".py")]
        texts = [source.read_text("utf-8") for source in sources if source.is_file()]
        if not any(re.search(rf"^(class {name}\b|{name}\b.* = )", text, re.MULTILINE) for text in texts):
            missing.append(f"{module}.{name}")

    assert missing == []


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "img").glob("*.png"))

    assert len(pictures) >= 2
    assert [path.name for path in pictures if path.stat().st_size > MAX_PICTURE_BYTES] == []
