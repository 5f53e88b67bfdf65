"""A dry run as its page shows it: shares of the audience, and who would newly get the rule or no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rules.checks.dry_run import ChangedCustomer, dry_run
from rules.definition.tree import Definition

CHANGES = {"newly": "Newly gets it", "lost": "No longer gets it", "rescored": "Another score"}


@dataclass(frozen=True, slots=True)
class Dry:
    """figures: (words, value) each, for a list of them; changed: customers for whom it would be otherwise."""

    figures: Sequence[tuple[str, str]]
    changed: Sequence[tuple[str, ChangedCustomer]]


def dry_of(definition: Definition, live: Definition | None) -> Dry:
    """The definition tried on a sample of customers, against what is live of it. Nothing is kept."""
    found = dry_run(definition=definition, live=live)
    kinds = [found.by_kind[kind] for kind in {*definition.audience, *(live.audience if live else ())} if kind in found.by_kind]
    customers, before, after = (sum(getattr(one, name) for one in kinds) for name in ("customers", "before", "after"))
    figures = [("Would get it", _share(after, customers))]
    if live is not None:
        points = (after - before) / customers * 100 if customers else 0.0
        figures += [
            ("Get it now", _share(before, customers)), ("Difference", f"{points:+.1f} points".replace("-", "−")),
            ("Newly get it", f"{found.total.newly:,}"), ("No longer get it", f"{found.total.lost:,}"), ("Another score", f"{found.total.rescored:,}"),
        ]  # fmt: skip
    figures.append(("Customers tried", f"{customers:,}"))
    shown = [(CHANGES[one.change], one) for one in found.examples if one.change in CHANGES] if live is not None else []
    return Dry(figures, shown)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "nobody is known"
