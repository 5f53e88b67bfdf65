"""Every rule of the starting set, and every kind, has a playbook that a first-line agent can follow on the telephone."""

from __future__ import annotations

import json

import pytest

from pos_monitor.care import playbooks
from pos_monitor.models import AlertRule

RULES = json.loads((playbooks.FOLDER.parents[1] / "judging" / "starting_set" / "alert_rules.json").read_text("utf-8"))
SLUGS = [*(rule["slug"] for rule in RULES), *AlertRule.Kind.values]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", SLUGS)
def test_it_begins_here_and_says_when_to_hand_on(slug: str) -> None:
    text = playbooks.text_of(slug)

    assert text.revision == 0
    assert "<ol>" in text.html or "<ul>" in text.html
    assert "**" not in text.html  # every mark is understood
    assert "<h2>" in text.html
    assert text.body.rsplit("## ", 1)[1].startswith("Hand on\n")
    assert 100 <= len(text.body.split()) <= 400, "long enough to decide, short enough for a call"


def test_no_text_is_of_a_rule_that_there_is_not() -> None:
    assert {file.stem for file in playbooks.FOLDER.glob("*.md")} == set(SLUGS)
