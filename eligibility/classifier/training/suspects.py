"""Corpus rows whose label looks wrong: the model, trained without them and their likes, is sure of another status.

Confident learning in its plainest form: both the title as written and its bare form must disagree with the label where
they say it aloud. A person decides; nothing is changed here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.training.judged import Judgements
from eligibility.classifier.training.report import SUSPECTS, Judged

LEAST_CONFIDENCE = 0.9
MAX_SUSPECTS = 100  # in the report; the file has all
COLUMNS = ("title", "category", "guess", "status", "guessed_status", "confidence")


def suspicious(judged: Judgements, source: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [k]: places of one title of each suspect row; source: [n], the corpus row of each title."""
    doubts = ~judged.is_right & judged.is_spoken & (judged.confidence >= LEAST_CONFIDENCE)
    n_forms = np.bincount(source)
    n_doubts = np.bincount(source, weights=doubts, minlength=len(n_forms))
    first = {int(row): at for at, row in reversed(list(enumerate(source)))}
    return np.array([first[int(row)] for row in np.flatnonzero((n_forms > 0) & (n_doubts == n_forms))], dtype=np.int64)


def write_suspects(folder: Path, suspects: Sequence[Judged]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(suspect) for suspect in suspects)
    (folder / SUSPECTS).write_text(text.getvalue(), "utf-8")
