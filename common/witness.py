"""What the pages of common see and change, told to whoever keeps a record of it: a room above, which this one must not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Model


class Witness(Protocol):
    """Told by a door as it shows or changes something."""

    def saw(self, row: Model, fields: Sequence[str]) -> None:
        """Somebody is shown this row."""

    def saw_list(self, model: type[Model], count: int, filters: Mapping[str, str], merchant_id: int | None) -> None:
        """Somebody is shown a list: `count` rows of it (of one merchant, if given), found by these filters as they were typed."""

    def changed(self, row: Model, verb: str, fields: Sequence[str], details: Mapping[str, Any]) -> None:
        """Somebody added, changed or deleted this row by hand, in the transaction under way."""


_witnesses: list[Witness] = []


def tell(witness: Witness) -> None:
    """From now on this one is told. Called once, as the platform starts."""
    _witnesses.append(witness)


def saw(row: Model, *fields: str) -> None:
    for witness in _witnesses:
        witness.saw(row, fields)


def saw_list(model: type[Model], *, count: int, filters: Mapping[str, str] | None = None, merchant_id: int | None = None) -> None:
    for witness in _witnesses:
        witness.saw_list(model, count, filters or {}, merchant_id)


def changed(row: Model, verb: str, *, fields: Sequence[str] = (), details: Mapping[str, Any] | None = None) -> None:
    for witness in _witnesses:
        witness.changed(row, verb, fields, details or {})
