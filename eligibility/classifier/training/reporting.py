"""Fills the report of a training run (`report.Report`) from what was said of the held-out titles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eligibility.classifier.calibration import FORCED, Calibration
from eligibility.classifier.training.calibrate import shelf_weights
from eligibility.classifier.training.corpus import CorpusRow
from eligibility.classifier.training.dataset import Dataset
from eligibility.classifier.training.judged import N_BINS, Judgements, figures
from eligibility.classifier.training.report import (
    REPORT,
    REPORT_FORMAT,
    REPORT_TEXT,
    CalibrationBin,
    CategoryFigures,
    Confusion,
    CorpusFigures,
    CurvePoint,
    Figures,
    Judged,
    Report,
    Slice,
    Taken,
)
from eligibility.classifier.training.report_text import report_text
from eligibility.classifier.training.shops import shop_of
from eligibility.classifier.training.suspects import MAX_SUSPECTS, suspicious, write_suspects
from eligibility.taxonomy import Taxonomy

MAX_POINTS = 60
MAX_WORST = 60
LEAST_SLICE = 30  # fewer titles say nothing


def make_report(
    judged: Judgements,
    by_brand: Figures | None,
    *,
    data: Dataset,
    rows: Sequence[CorpusRow],
    taxonomy: Taxonomy,
    calibration: Calibration,
    version: str,
    digest: str,
) -> Report:
    """judged: all titles of the data, out of fold; `natural` ones make the headline figures."""
    natural = np.flatnonzero(data.is_natural)
    plain = judge_again(judged, natural)
    titles = [data.texts[at] for at in natural]
    written = [rows[source].title for source in data.source[natural]]
    return Report(
        format=REPORT_FORMAT,
        model_version=version,
        taxonomy_version=taxonomy.version,
        corpus=_corpus(rows, data, taxonomy, digest),
        thresholds={status: round(value, 4) for status, value in calibration.thresholds.items()},
        figures=figures(plain),
        figures_by_brand=by_brand,
        categories=category_figures(plain, taxonomy),
        confusion=confusion(plain),
        calibration=calibration_bins(plain),
        curves=curves(plain),
        slices=slices(judged, data, rows, taxonomy),
        worst=wrongly_judged(plain, titles, taxonomy, np.flatnonzero(~plain.is_right))[:MAX_WORST],
        suspects=wrongly_judged(plain, written, taxonomy, suspicious(plain, data.source[natural])),
    )


def judge_again(judged: Judgements, rows: NDArray[np.int64]) -> Judgements:
    """Some of the titles, weighted to a shop's shelves among themselves."""
    part = judged.some(rows)
    return replace(part, weights=shelf_weights(part.truth))


def write_report(folder: Path, report: Report) -> None:
    """report.json and report.md with the first suspects, suspects.csv with all."""
    write_suspects(folder, report["suspects"])
    short = Report(**{**report, "suspects": report["suspects"][:MAX_SUSPECTS]})
    (folder / REPORT).write_text(json.dumps(short, ensure_ascii=False, indent=None, separators=(",", ":")) + "\n", "utf-8")
    (folder / REPORT_TEXT).write_text(report_text(short), "utf-8")


def _corpus(rows: Sequence[CorpusRow], data: Dataset, taxonomy: Taxonomy, digest: str) -> CorpusFigures:
    per_status = Counter(taxonomy.by_code[row.category].status for row in rows)
    return CorpusFigures(
        sha256=digest,
        n_titles=len(rows),
        n_categories=len({row.category for row in rows}),
        n_forms=len(data.texts),
        titles_per_status=dict(sorted(per_status.items())),
    )


def category_figures(judged: Judgements, taxonomy: Taxonomy) -> list[CategoryFigures]:
    found = []
    for at, category in enumerate(taxonomy.categories):
        is_it, is_guess = judged.labels == at, judged.guesses == at
        both = int((is_it & is_guess).sum())
        taken = Counter(judged.guesses[is_it & ~is_guess].tolist()).most_common(3)
        found.append(
            CategoryFigures(
                code=category.code,
                name=category.name,
                status=category.status,
                n=int(is_it.sum()),
                precision=round(both / int(is_guess.sum()), 4) if is_guess.any() else None,
                recall=round(both / max(int(is_it.sum()), 1), 4),
                f1=round(2 * both / max(int(is_it.sum() + is_guess.sum()), 1), 4),
                status_accuracy=round(float(judged.is_right[is_it].mean()), 4) if is_it.any() else 0.0,
                taken_for=[_taken(taxonomy, other, n) for other, n in taken],
            )
        )
    return found


def _taken(taxonomy: Taxonomy, column: int, n: int) -> Taken:
    return Taken(code=taxonomy.categories[column].code, name=taxonomy.categories[column].name, n=n)


def confusion(judged: Judgements) -> Confusion:
    counts = np.zeros((len(FORCED), len(FORCED)), dtype=int)
    np.add.at(counts, (judged.truth, judged.choice), 1)
    return Confusion(statuses=list(FORCED), counts=counts.tolist())


def calibration_bins(judged: Judgements) -> dict[str, list[CalibrationBin]]:
    parts = {"all": judged, **{status: judged.some(judged.choice == at) for at, status in enumerate(FORCED)}}
    return {name: _bins(part) for name, part in parts.items()}


def _bins(judged: Judgements) -> list[CalibrationBin]:
    where = np.minimum((judged.confidence * N_BINS).astype(int), N_BINS - 1)
    bins = []
    for at in np.unique(where):
        part = judged.some(where == at)
        promised = round(float(np.average(part.confidence, weights=part.weights)), 4)
        kept = round(float(np.average(part.is_right, weights=part.weights)), 4)
        bins.append(CalibrationBin(low=at / N_BINS, high=(at + 1) / N_BINS, n=len(part.truth), promised=promised, kept=kept))
    return bins


def curves(judged: Judgements) -> dict[str, list[CurvePoint]]:
    return {status: _curve(judged, at) for at, status in enumerate(FORCED)}


def _curve(judged: Judgements, status: int) -> list[CurvePoint]:
    chosen = judged.some(judged.choice == status)
    if len(chosen.truth) == 0:
        return []
    order = np.argsort(-chosen.confidence, kind="stable")
    falling = chosen.confidence[order]
    weight = chosen.weights[order]
    right = np.cumsum(weight * chosen.is_right[order])
    precision, coverage = right / np.cumsum(weight), right / judged.weights[judged.truth == status].sum()
    lasts = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    picked = lasts[np.unique(np.linspace(0, len(lasts) - 1, MAX_POINTS).round().astype(int))]
    return [
        CurvePoint(
            threshold=round(float(falling[at]), 4),
            coverage=round(float(coverage[at]), 4),
            precision=round(float(precision[at]), 4),
        )
        for at in picked
    ]


def slices(judged: Judgements, data: Dataset, rows: Sequence[CorpusRow], taxonomy: Taxonomy) -> list[Slice]:
    """judged: all titles of the data, with their noisy forms."""
    branded = np.array([bool(row.brand) for row in rows])[data.source] & (data.forms == "written")
    plain = data.is_natural
    shops = np.array([shop_of(category) for category in taxonomy.categories])[data.labels]
    statuses = np.array([category.status for category in taxonomy.categories])[data.labels]
    parts = [("form", str(form), data.forms == form) for form in np.unique(data.forms)]
    parts += [("brand", "with brand", branded), ("brand", "without brand", plain & ~branded)]
    parts += [("shop", str(shop), plain & (shops == shop)) for shop in np.unique(shops)]
    parts += [("status", str(status), plain & (statuses == status)) for status in np.unique(statuses)]
    return [
        Slice(kind=kind, name=name, figures=figures(judged.some(mask)))
        for kind, name, mask in parts
        if int(mask.sum()) >= LEAST_SLICE
    ]


def wrongly_judged(judged: Judgements, titles: Sequence[str], taxonomy: Taxonomy, which: NDArray[np.int64]) -> list[Judged]:
    """The given titles in order of falling confidence, each title once."""
    found: dict[str, Judged] = {}
    for at in sorted(which.tolist(), key=lambda at: (-judged.confidence[at], titles[at])):
        label, guess = taxonomy.categories[int(judged.labels[at])], taxonomy.categories[int(judged.guesses[at])]
        found.setdefault(
            titles[at].casefold(),
            Judged(
                title=titles[at],
                category=label.code,
                guess=guess.code,
                status=label.status,
                guessed_status=guess.status,
                confidence=round(float(judged.confidence[at]), 4),
            ),
        )
    return list(found.values())
