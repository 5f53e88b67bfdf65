"""The kinds of rules once more, slowly and in plain Python, from what their documentation says: what the arrays are compared with.

Each oracle sees one terminal's reports as dicts and says BAD, GOOD, BETWEEN or None (nothing can be said) for each.
"""

from __future__ import annotations

import math
from statistics import median
from typing import Any

BAD, GOOD, BETWEEN = "bad", "good", "between"
Report = dict[str, Any]


def of_limits(value: float | None, side: str, limit: float, clear_at: float) -> str | None:
    if value is None:
        return None
    if side == "below":
        return BAD if value < limit else GOOD if value >= clear_at else BETWEEN
    return BAD if value > limit else GOOD if value <= clear_at else BETWEEN


def threshold(rule: dict[str, Any], reports: list[Report]) -> list[str | None]:
    found = []
    for report in reports:
        verdict = of_limits(report.get(rule["measure"]), rule["side"], rule["limit"], rule["clear_at"])
        if verdict is not None and rule.get("unless_charging") and report.get("flags", 0) & 1:
            verdict = GOOD
        found.append(verdict)
    return found


PARTS = {
    "failed_sales": (("sales_failed",), ("sales_ok", "sales_failed")),
    "reader_errors": (("reader_errors",), ("reader_errors", "sales_ok", "sales_failed")),
    "conversion": (("orders",), ("visits",)),
    "api_errors": (("api_errors",), ()),
}


def _window(rule: dict[str, Any], reports: list[Report], upto: int, parts: int) -> list[tuple[int, int]]:
    """(part, whole) of each of the window's parts, the oldest first."""
    width = rule["window_s"] / parts
    names, wholes = PARTS[rule["measure"]]
    newest = int((reports[upto]["clock_s"]) // width)
    buckets = [[0, 0] for _ in range(parts)]
    for report in reports[: upto + 1]:
        age = newest - int(report["clock_s"] // width)
        if age < parts:
            bucket = buckets[parts - 1 - age]
            bucket[0] += sum(report.get(name, 0) for name in names)
            bucket[1] += sum(report.get(name, 0) for name in wholes)
    return [(part, whole) for part, whole in buckets]


def rate(rule: dict[str, Any], reports: list[Report]) -> list[str | None]:
    names, wholes = PARTS[rule["measure"]]
    found: list[str | None] = []
    for place, report in enumerate(reports):
        window = _window(rule, reports, place, 12)
        part, whole = sum(each[0] for each in window), sum(each[1] for each in window)
        if not any(name in report for name in names + wholes) or (wholes and whole < rule["at_least"]):
            found.append(None)
        else:
            found.append(of_limits(100 * part / whole if wholes else part, rule["side"], rule["limit"], rule["clear_at"]))
    return found


def trend(rule: dict[str, Any], reports: list[Report]) -> list[str | None]:
    names, wholes = PARTS[rule["measure"]]
    found: list[str | None] = []
    for place, report in enumerate(reports):
        window = _window(rule, reports, place, 6)
        if not any(name in report for name in names + wholes):
            found.append(None)
            continue
        if sum(part for part, _ in window) < rule["at_least"]:
            found.append(GOOD)
            continue
        points = [(x, 100 * part / whole if wholes else part) for x, (part, whole) in enumerate(window) if whole or not wholes]
        if len(points) < 4:
            found.append(None)
            continue
        mean_x, mean_y = sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
        rise = 5 * slope
        found.append(
            _not_on_edge(
                rise,
                rule["limit"],
                rule["clear_at"],
                GOOD if rise <= rule["clear_at"] else BAD if rise >= rule["limit"] else BETWEEN,
            )
        )
    return found


def prediction(rule: dict[str, Any], reports: list[Report]) -> list[str | None]:
    found: list[str | None] = []
    points: list[tuple[float, float]] = []  # minutes, value
    for report in reports:
        value, minute = report.get(rule["measure"]), report["clock_s"] / 60
        charging = rule["measure"] == "battery" and report.get("flags", 0) & 1
        if charging:
            points = []
        if value is None or charging:
            found.append(GOOD if charging and value is not None else None)
            continue
        if points and (minute - points[-1][0] > 15 or value - points[-1][1] > 3):
            points = []
        points.append((minute, value))
        found.append(_runs_out(rule, points))
    return found


def _runs_out(rule: dict[str, Any], points: list[tuple[float, float]]) -> str | None:
    now, value = points[-1]
    if now - points[0][0] < rule["evidence_minutes"]:
        return None
    if points[0][1] - value < rule["evidence_fall"]:
        return GOOD
    weights = [math.exp(-(now - minute) / rule["lookback_minutes"]) for minute, _ in points]
    whole = sum(weights)
    mean_x = sum(w * minute for w, (minute, _) in zip(weights, points, strict=True)) / whole
    mean_y = sum(w * each for w, (_, each) in zip(weights, points, strict=True)) / whole
    spread = sum(w * (minute - mean_x) ** 2 for w, (minute, _) in zip(weights, points, strict=True))
    slope = sum(w * (minute - mean_x) * (each - mean_y) for w, (minute, each) in zip(weights, points, strict=True)) / spread
    if slope >= 0:
        return _not_on_edge(slope, 0, 0, GOOD)
    left = max(0.0, mean_y + slope * (now - mean_x)) / -slope
    verdict = BAD if left < rule["within_minutes"] else GOOD if left >= rule["clear_minutes"] else BETWEEN
    return _not_on_edge(left, rule["within_minutes"], rule["clear_minutes"], verdict)


def _not_on_edge(value: float, limit: float, clear_at: float, verdict: str) -> str:
    """Two ways of reckoning may differ in the last digit: there, either is right."""
    on_edge = any(math.isclose(value, edge, rel_tol=1e-5, abs_tol=1e-5) for edge in (limit, clear_at))
    return "either" if on_edge else verdict


def version(expected: int, software: str, reports: list[Report]) -> list[str | None]:
    return [
        None if not expected or not report.get(software) else GOOD if report[software] == expected else BAD for report in reports
    ]


def geofence(rule: dict[str, Any], store: tuple[float, float], reports: list[Report]) -> list[str | None]:
    found = []
    for report in reports:
        if "latitude" not in report or "longitude" not in report:
            found.append(None)
            continue
        here, there = (math.radians(report["latitude"] / 100), math.radians(store[0]))
        across = math.radians(report["longitude"] / 100 - store[1])
        cosine = math.sin(here) * math.sin(there) + math.cos(here) * math.cos(there) * math.cos(across)
        km = 6371 * math.acos(min(1.0, max(-1.0, cosine)))
        verdict = BAD if km > rule["limit_km"] else GOOD if km <= rule["clear_km"] else BETWEEN
        on_edge = any(math.isclose(km, edge, abs_tol=0.01) for edge in (rule["limit_km"], rule["clear_km"]))
        found.append("either" if on_edge else verdict)
    return found


def spreads(values: list[float]) -> list[float]:
    """The robust z-score of each."""
    middle = median(values)
    spread = median(abs(value - middle) for value in values)
    return [
        0.0 if value == middle else math.copysign(math.inf, value - middle) if spread == 0 else 0.6745 * (value - middle) / spread
        for value in values
    ]


def alarms(
    verdicts: list[str | None], clocks_s: list[float], raise_after: int, clear_after: int, hold_s: float = 0
) -> list[bool]:
    """Whether the alert is open after each report: hysteresis and damping of what comes and goes."""
    is_open = is_flapping = False
    bad = good = 0
    began = last_bad = -math.inf
    openings: list[float] = []
    found = []
    for verdict, at in zip(verdicts, clocks_s, strict=True):
        if verdict == BAD:
            if not bad and not is_open:
                began = at
            bad, good, last_bad = bad + 1, 0, at
            if not is_open and bad >= raise_after and at - began >= hold_s:
                is_flapping = len(openings) >= 4 and at - openings[-4] <= 600
                is_open = True
                openings.append(at)
        elif verdict == GOOD:
            bad, good = 0, good + 1
            if is_open and good >= clear_after and (not is_flapping or at - last_bad >= 600):
                is_open = is_flapping = False
        elif verdict == BETWEEN:
            bad = good = 0
        found.append(is_open)
    return found
