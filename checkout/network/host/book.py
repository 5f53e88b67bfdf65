"""What the host holds for whom: a fold over its facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from checkout.network.host.facts import Advised, Authorised, Fact


@dataclass(slots=True)
class Holding:
    """One authorisation and what has become of its money. Cents; held = approved - completed - released."""

    authorised: Authorised
    completed_cents: int = 0
    released_cents: int = 0
    refunded_cents: int = 0

    @property
    def held_cents(self) -> int:
        return self.authorised.approved_cents - self.completed_cents - self.released_cents


class Book:
    """Everything the host knows, rebuilt from facts at start and kept up to date with each new one."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.holdings: dict[str, Holding] = {}
        self.advices: dict[str, Advised] = {}
        self._by_reference: dict[str, Holding] = {}
        self._by_rrn: defaultdict[str, list[Holding]] = defaultdict(list)
        self._cancelled: set[str] = set()
        for fact in facts:
            self.record(fact)

    def record(self, fact: Fact) -> None:
        """Take one fact into account."""
        if isinstance(fact, Authorised):
            self._record_authorised(fact)
        else:
            self._record_advised(fact)

    def is_cancelled(self, key: str) -> bool:
        """Whether the message of this key was reversed, even if it has not arrived yet."""
        return key in self._cancelled

    def find(self, *, key: str, network_reference: str) -> Holding | None:
        """The authorisation an advice is about: by its key, else by the reference the host gave it."""
        return self.holdings.get(key) or self._by_reference.get(network_reference)

    def with_rrn(self, rrn: str) -> list[Holding]:
        """Authorisations with this retrieval reference number, oldest first."""
        return list(self._by_rrn.get(rrn, ()))

    def _record_authorised(self, fact: Authorised) -> None:
        holding = Holding(fact)
        self.holdings[fact.key] = holding
        self._by_reference[fact.network_reference] = holding
        self._by_rrn[fact.rrn].append(holding)

    def _record_advised(self, fact: Advised) -> None:
        self.advices[fact.key] = fact
        if fact.cancels:
            self._cancelled.add(fact.original_key)
        if holding := self._by_reference.get(fact.network_reference):
            holding.completed_cents += fact.completed_cents
            holding.released_cents += fact.released_cents
            holding.refunded_cents += fact.refunded_cents
