"""The shape of `report.json`, which training writes beside the model; `report.md` says the same to a reader.

Every figure is measured on corpus titles in folds that did not train the model. Shares are 0 to 1, rounded to four
decimals; `n` counts titles; statuses are `eligible` (which covers `rx`), `letter` and `not_eligible`. There is no date
and no duration in it: training twice on one machine gives the same bytes.
"""

from __future__ import annotations

from typing import TypedDict

REPORT, REPORT_TEXT, SUSPECTS = "report.json", "report.md", "suspects.csv"
REPORT_FORMAT = 1  # raise when a field changes its meaning; new fields may come without it


class Figures(TypedDict):
    """How good the model is on some titles.

    accuracy and macro_f1: the forced choice of a status (macro over the statuses that occur). The *_precision, *_coverage: what is said aloud, at the
    thresholds; None where nothing was said. unknown_share: titles below their threshold. calibration_error: mean
    distance between promised and kept confidence.
    """

    n: int
    accuracy: float
    macro_f1: float
    category_accuracy: float
    unknown_share: float
    calibration_error: float
    eligible_precision: float | None
    eligible_coverage: float
    letter_precision: float | None
    letter_coverage: float
    not_eligible_precision: float | None
    not_eligible_coverage: float


class CategoryFigures(TypedDict):
    """One category's scores, and the categories its titles are most often taken for."""

    code: str
    name: str
    status: str
    n: int
    precision: float | None  # of the guesses at this category
    recall: float  # of its titles
    f1: float
    status_accuracy: float  # its titles whose status is right, whatever the category
    taken_for: list[Taken]  # at most three, most frequent first


class Taken(TypedDict):
    code: str
    name: str
    n: int


class CalibrationBin(TypedDict):
    """Titles whose confidence lies between low and high: what was promised and what was kept."""

    low: float
    high: float
    n: int
    promised: float
    kept: float


class CurvePoint(TypedDict):
    """What saying a status aloud from this confidence on would give."""

    threshold: float
    coverage: float
    precision: float


class Slice(TypedDict):
    """The figures on a part of the titles. kind: `form` (noise), `brand`, `shop` or `status`."""

    kind: str
    name: str
    figures: Figures


class Judged(TypedDict):
    """One title judged otherwise than its corpus row says."""

    title: str
    category: str  # code the corpus gives
    guess: str  # code the model gives
    status: str
    guessed_status: str
    confidence: float  # of the guess, 0 to 1


class Confusion(TypedDict):
    statuses: list[str]
    counts: list[list[int]]  # [true status][judged status], forced choice


class CorpusFigures(TypedDict):
    sha256: str
    n_titles: int
    n_categories: int
    n_forms: int  # titles with all their noisy forms
    titles_per_status: dict[str, int]


class Report(TypedDict):
    """What `report.json` holds."""

    format: int
    model_version: str
    taxonomy_version: str
    corpus: CorpusFigures
    thresholds: dict[str, float]  # per status, the least confidence at which it is said aloud
    figures: Figures  # folds keep near-duplicates together; weighted to a shop's shelves
    figures_by_brand: Figures | None  # harsher: a quarter of the brands held out whole; None without brands
    categories: list[CategoryFigures]  # taxonomy order
    confusion: Confusion
    calibration: dict[str, list[CalibrationBin]]  # per status; `all` for the three together; empty bins are left out
    curves: dict[str, list[CurvePoint]]  # per status, falling threshold, at most 60 points
    slices: list[Slice]
    worst: list[Judged]  # most confident first, at most 60
    suspects: list[Judged]  # corpus rows whose label a person should look at, at most 100 (all in suspects.csv)
