"""Where a member's role holds: in the whole chain, or in some regions and stores of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

WHOLE = "Whole chain"


@dataclass(frozen=True, slots=True)
class Reach:
    """regions by their names, stores by their public ids, both sorted. A store that opens in a region belongs to it at once."""

    regions: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    @classmethod
    def of(cls, regions: Iterable[str], stores: Iterable[str]) -> Self:
        return cls(tuple(sorted(set(regions))), tuple(sorted(set(stores))))

    @classmethod
    def kept(cls, row: Mapping[str, Any] | None) -> Self | None:
        """As a member's or an invitation's row has it; None: the whole chain."""
        return None if row is None else cls.of(row.get("regions") or (), row.get("stores") or ())

    def as_json(self) -> dict[str, list[str]]:
        return {"regions": list(self.regions), "stores": list(self.stores)}

    @property
    def is_empty(self) -> bool:
        return not self.regions and not self.stores

    def words(self) -> str:
        """For people: “TX, CA and 2 stores”."""
        stores = f"{len(self.stores)} store{'s' * (len(self.stores) != 1)}" if self.stores else ""
        return " and ".join(part for part in (", ".join(self.regions), stores) if part) or "Nothing"


def reach_words(row: Mapping[str, Any] | None) -> str:
    """Of a member's or an invitation's row: “Whole chain”, or what it is limited to."""
    reach = Reach.kept(row)
    return WHOLE if reach is None else reach.words()
