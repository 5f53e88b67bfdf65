"""docs/snoops.md holds the table of the starting set as the files say it."""

from __future__ import annotations

from pathlib import Path

from rules.starting_set.files import starting_set
from rules.starting_set.table import as_table

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "snoops.md"


def test_the_guide_has_the_table_that_the_files_make():
    text = GUIDE.read_text("utf-8")

    assert as_table(starting_set()) in text, "run: manage.py load_snoops --table, and put it under “The starting set”"
    assert f"{len(starting_set())} Snoops come with a release" in text
