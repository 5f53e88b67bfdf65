"""How long the stages of an update took: a bar, drawn here, and the same in words."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.admin_cells import NOTHING
from eligibility.admin.lists.words import STAGE_WORDS, seconds
from eligibility.models import ListSync

WIDTH = 180
THINNEST = 2.0


def stages_of(sync: ListSync) -> SafeString | str:
    """As wide as it took; the words beside it say the same."""
    parts = [(name, sync.seconds[name]) for name in STAGE_WORDS if sync.seconds.get(name)]
    if not parts:
        return NOTHING
    total = sum(value for _, value in parts)
    at, bars = 0.0, []
    room = WIDTH - THINNEST * len(parts)
    for name, value in parts:
        width = THINNEST + room * value / total
        bars.append((f"{at:.1f}", f"{width:.1f}", name))
        at += width
    bar = format_html_join("", '<rect x="{}" y="0" width="{}" height="8" class="li-stage--{}"/>', bars)
    words = " · ".join(f"{STAGE_WORDS[name]} {seconds(value)}" for name, value in parts)
    return format_html(
        '<svg class="li-bar" viewBox="0 0 {} 8" width="{}" height="8" aria-hidden="true">{}</svg><span class="li-soft">{}</span>',
        WIDTH, WIDTH, bar, words,
    )  # fmt: skip
