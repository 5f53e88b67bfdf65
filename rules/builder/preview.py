"""What a draft says and does, for whoever is writing it: sentence, findings, count, examples, CEL. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import numpy as np

from rules.builder.explained import facts_of, reasons_of
from rules.builder.names import names_in
from rules.builder.sample import Judged, judge_sample
from rules.builder.unfinished import Reading, is_open, read_unfinished
from rules.checks.check import check
from rules.customers.compute import natural
from rules.customers.compute.statement import NAMES
from rules.customers.today import rules_today
from rules.definition.cel import to_cel
from rules.definition.sentences import sentence
from rules.definition.texts import fill
from rules.definition.tree import Definition
from rules.engine.oracle import judge
from rules.fields.values import Values
from rules.models import CustomerFeatures

EXAMPLES: Final = 10
MATCHING_EXAMPLES: Final = 8  # the rest are near misses, which teach where the thresholds lie
TOP_BITS: Final = (1 << 14) - 1
FOR_WHOM: Final = "Choose for whom it is"
A_CONDITION: Final = "Add a condition"
TOO_LITTLE: Final = "Too little of it is finished to say it in a sentence."


def preview(*, draft: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the page shows beside the form, as JSON."""
    read = read_unfinished(draft)
    findings = [
        {"level": "open" if is_open(one) else "error", "path": one.path, "message": one.message, "fix": ""}
        for one in read.complaints
    ]
    told: dict[str, Any] = {
        "unfinished": read.left_out,
        "findings": findings,
        "sentence": TOO_LITTLE,
        "cel": "",
        "scores": "",
        "examples": [],
    }
    definition = read.definition
    if definition is None or (lacks := _lacks(definition, read)):
        return {**told, "count": {"words": "–" if definition is None else lacks, "note": "", "share": 0.0}}
    today, names = rules_today(), names_in(draft)
    judged = judge_sample(definition, today)
    told["findings"] += _checked(definition, read)
    return {
        **told, "sentence": sentence(definition, names), "cel": to_cel(definition), "count": _count(judged), "scores": _scores(judged),
        "examples": _examples(definition, judged, today, names),
    }  # fmt: skip


def _lacks(definition: Definition, read: Reading) -> str:
    """What is asked for before anything is counted: of a draft for nobody, or without conditions yet, everybody would be counted.

    A whole draft without conditions is counted: it is for everybody, and its writer should see that.
    """
    if any(one.path.startswith("audience") for one in read.complaints):
        return FOR_WHOM
    return "" if read.is_whole or definition.conditions.conditions else A_CONDITION


def _checked(definition: Definition, read: Reading) -> list[dict[str, str]]:
    """What the checks say. Of an unfinished draft only hints and warnings that its faults do not explain: none."""
    return [one.as_json() for one in check(definition)] if read.is_whole else []


def _count(judged: Judged) -> dict[str, Any]:
    if not judged.population:
        return {"words": "Nobody is known yet", "note": "There is no customer of this audience.", "share": 0.0}
    share = judged.estimate / judged.population
    if judged.is_everybody:
        words, note = (
            f"{judged.matching:,} of {judged.population:,} customers",
            "All of the audience were judged, by what is known of them now.",
        )
    else:
        words = f"About {_rounded(judged.estimate):,} of {judged.population:,} customers"
        note = f"{judged.matching:,} of a sample of {len(judged.ids):,}, which are the same each time."
    return {"words": f"{words} ({share:.1%})", "note": note, "share": round(share, 6)}


def _rounded(number: int) -> int:
    """To three figures: a sample knows no more."""
    size = max(0, len(str(number)) - 3)
    return int(round(number, -size))


def _scores(judged: Judged) -> str:
    found = judged.scores[judged.qualifies]
    if not len(found):
        return ""
    low, high = int(found.min()), int(found.max())
    if low == high:
        return f"They all score {low}."
    return f"They score from {low} to {high}; half of them {int(np.median(found))} or more."


def _examples(definition: Definition, judged: Judged, today: date, names: Mapping[str, str]) -> list[dict[str, Any]]:
    chosen = _chosen(judged)
    rows = CustomerFeatures.objects.filter(pk__in=chosen).select_related("customer")
    known = {row.pk: row for row in rows}
    found = [(known[pk], natural([getattr(known[pk], name) for name in NAMES])) for pk in chosen if pk in known]
    more = {
        **names,
        **names_in([[list(value) for value in values.values() if isinstance(value, frozenset)] for _, values in found]),
    }
    return [_example(definition, row, values, today, more) for row, values in found]


def _chosen(judged: Judged) -> list[int]:
    """Those who match, from the highest score to the lowest; then those who miss by the fewest conditions."""
    matching = np.flatnonzero(judged.qualifies)
    matching = matching[np.argsort(-judged.scores[matching], kind="stable")]
    places = _spread(matching, MATCHING_EXAMPLES)
    missing = np.flatnonzero(~judged.qualifies)
    held = np.array([int(mask).bit_count() for mask in (judged.masks[missing] & TOP_BITS).tolist()], np.int64)
    near = missing[np.argsort(-held, kind="stable")] if len(missing) else missing
    return [int(judged.ids[place]) for place in [*places, *near[: EXAMPLES - len(places)]]]


def _spread(places: Sequence[int] | np.ndarray[Any, Any], most: int) -> list[int]:
    if len(places) <= most:
        return [int(one) for one in places]
    return [int(places[round(step * (len(places) - 1) / (most - 1))]) for step in range(most)]


def _example(
    definition: Definition, row: CustomerFeatures, values: Values, today: date, names: Mapping[str, str]
) -> dict[str, Any]:
    kind = row.customer.kind
    verdict = judge(definition, values, today, kind)
    return {
        "customer": row.customer.public_id, "kind": kind, "qualifies": verdict.qualifies, "score": verdict.score,
        "reasons": [asdict(one) for one in reasons_of(definition, verdict, kind, names)],
        "facts": [asdict(one) for one in facts_of(definition, values, today, names)],
        "title": fill(definition.title, values, today=today, names=names), "body": fill(definition.body, values, today=today, names=names),
        "action": definition.action_label,
    }  # fmt: skip
