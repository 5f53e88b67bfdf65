"""Every text colour of tokens.css can be read on every surface it is used on, light, dark and printed (WCAG 2.2 1.4.3)."""

from __future__ import annotations

import re
from itertools import product

import pytest
from django.conf import settings

SURFACES = ("bg", "surface", "sunken")
MEANINGS = ("good", "warn", "fault", "silent")
TEXT_ON = [
    *product(("ink", "ink-soft", "accent", "accent-hover", *MEANINGS), SURFACES),
    *((meaning, f"{meaning}-soft") for meaning in MEANINGS),
    *(("ink", f"{meaning}-soft") for meaning in MEANINGS),
    ("accent", "accent-soft"), ("ink", "accent-soft"), ("on-accent", "accent"), ("on-accent", "accent-hover"),
]  # fmt: skip
CONTROLS_ON = [*product(("line-strong", "focus"), ("bg", "surface"))]  # borders and rings need 3:1 (1.4.11)


def _colours(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


def _themes() -> dict[str, dict[str, str]]:
    css = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_text()
    light, rest = css.split("@media (prefers-color-scheme: dark)")
    dark, rest = rest.split("@media (prefers-reduced-motion: reduce)")
    base = _colours(light)
    return {"light": base, "dark": base | _colours(dark), "print": base | _colours(rest)}


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_greatest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_stands_out_from_what_is_behind_it(theme: str) -> None:
    colours = _themes()[theme]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT_ON}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_borders_of_controls_and_focus_rings_can_be_seen(theme: str) -> None:
    colours = _themes()[theme]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in CONTROLS_ON}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "static" / "css").glob("*.css")), ids=lambda path: path.name)
def test_every_stylesheet_closes_what_it_opens(path):
    """One brace that a merge loses switches off all rules below it, and nothing complains."""
    depth = 0
    for number, line in enumerate(re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL).splitlines(), 1):
        starts_a_rule = line[:1] in {".", "#"} or line.startswith(("html", "body", "@"))
        assert not (starts_a_rule and depth), f"{path.name}, near line {number}: the rule above is not closed"
        depth += line.count("{") - line.count("}")
    assert depth == 0
