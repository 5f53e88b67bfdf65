"""Figures in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Sample = tuple[str, str, float]  # metric, its labels as they are written, value


def text_of(known: Mapping[str, tuple[str, str]], samples: Iterable[Sample]) -> str:
    """known: metric -> (type, help), in the order in which they are told. Without samples nothing is said of a metric."""
    found: dict[str, list[str]] = {}
    for name, labels, value in samples:
        found.setdefault(name, []).append(f"{name}{labels} {value:g}")
    lines: list[str] = []
    for metric, (kind, words) in known.items():
        if metric in found:
            lines += [f"# HELP {metric} {words}", f"# TYPE {metric} {kind}", *found[metric]]
    return "\n".join(lines) + "\n" if lines else ""
