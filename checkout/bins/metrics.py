"""For monitors: how old each source's list of card ranges is, and how many ranges it has."""

from __future__ import annotations

from django.utils import timezone

from checkout.bins.age import ages


def exposition() -> str:
    """In the text format of Prometheus."""
    now, known = timezone.now(), ages()
    lines = ["# HELP fsa_card_bins_age_days Days since a source's newest list of card ranges was applied.", "# TYPE fsa_card_bins_age_days gauge"]  # fmt: skip
    lines += [f'fsa_card_bins_age_days{{source="{_label(one.source)}"}} {one.days(now):.3f}' for one in known]
    lines += ["# HELP fsa_card_bins_ranges Card ranges in force, by source.", "# TYPE fsa_card_bins_ranges gauge"]
    lines += [f'fsa_card_bins_ranges{{source="{_label(one.source)}"}} {one.ranges}' for one in known]
    lines += ["# HELP fsa_card_bins_stale Sources whose list is overdue.", "# TYPE fsa_card_bins_stale gauge"]
    lines.append(f"fsa_card_bins_stale {sum(one.is_stale(now) for one in known)}")
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", " ")
