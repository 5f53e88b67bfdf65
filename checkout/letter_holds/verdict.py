"""Has the letter come? What the shopper's letters say of the lines that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from checkout.models import CheckoutSession, LetterHold, LineItem
from eligibility.decision import Decision, Item
from eligibility.letters import scope
from eligibility.letters.cover import cover, lost
from eligibility.letters.states import OPEN
from eligibility.models import Letter


@dataclass(frozen=True, slots=True)
class Verdict:
    """covered: line position -> letter. refused: lines of which every letter asked for was declined. The others wait."""

    covered: dict[int, str]
    refused: frozenset[int]
    waiting: frozenset[int]

    @property
    def uncovered(self) -> list[int]:
        return sorted(self.refused | self.waiting)


def verdict_on(hold: LetterHold, session: CheckoutSession, lines: Sequence[LineItem], now: datetime) -> Verdict:
    """How each line stands now. In a transaction: the letters that cover one are held until it ends, so that they are revoked
    before the sale or after it."""
    mine = [line for line in lines if line.position in set(hold.positions)]
    items = [_item(line) for line in mine]
    decisions = [Decision.from_json(line.decision) for line in mine]
    judged = cover(items, decisions, session.shopper, session.merchant, now)
    gone = set(lost([one.letter for one in judged], shopper=session.shopper, merchant=session.merchant, now=now))
    covered = {
        line.position: one.letter
        for line, one in zip(mine, judged, strict=True)
        if one.status == "eligible" and one.letter and one.letter not in gone
    }
    asked = Letter.objects.filter(merchant=session.merchant, shopper=session.shopper)
    open_, declined = (
        list(asked.filter(status__in=OPEN)),
        list(asked.filter(status=Letter.Status.DECLINED, decided_at__gte=session.created_at)),
    )
    refused = {
        line.position
        for line, item, decision in zip(mine, items, decisions, strict=True)
        if line.position not in covered
        and any(_is_about(letter, item, decision) for letter in declined)
        and not any(_is_about(letter, item, decision) for letter in open_)
    }
    return Verdict(covered, frozenset(refused), frozenset(line.position for line in mine) - set(covered) - refused)


def _item(line: LineItem) -> Item:
    return Item(title=line.title, brand=line.brand, gtin=line.gtin, price_cents=line.unit_price_cents)


def _is_about(letter: Letter, item: Item, decision: Decision) -> bool:
    return decision.category in letter.categories or bool(scope.match(letter.items, item))
