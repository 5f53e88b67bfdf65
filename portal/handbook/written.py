"""Pages that nobody writes by hand: the code's own tables, in words."""

from __future__ import annotations

from checkout.card_words import brand, kind_word
from checkout.network.cards import BENEFIT_KINDS, TestCard, test_cards

HEAD = """# Test cards

Cards of the sandbox network, one for each thing a bank can answer. Type any future expiry date and the code 123, unless the card says otherwise.
No money moves, and live keys refuse them. The page `/test-cards/` of a sandbox shows the same with buttons that copy.
"""


def written(name: str) -> str:
    """The Markdown of one of contents.GENERATED."""
    assert name == "test-cards"
    benefit = [card for card in test_cards() if card.account_kind in BENEFIT_KINDS]
    others = [card for card in test_cards() if card.account_kind not in BENEFIT_KINDS]
    return "\n".join([HEAD, *_table("FSA, HSA and other benefit cards", benefit), *_table("Other cards", others)])


def _table(title: str, cards: list[TestCard]) -> list[str]:
    rows = [
        f"| `{c.pan}` | {brand(c.network)} {kind_word(c.account_kind)} | **{c.title}** {c.explanation}{'' if c.cvc == '123' else f' Code: {c.cvc}.'} |"
        for c in cards
    ]
    return [f"## {title}", "", "| Number | Card | What happens |", "|---|---|---|", *rows, ""]
