"""The merchant's products that suit a question best: by meaning, by spelling, by what helps, fused by rank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db import connection, transaction

from eligibility.catalogue.selectors import with_decisions
from eligibility.encoder import encode
from eligibility.models import Product
from eligibility.models.search import vector_text
from eligibility.search.question import AUDIENCES, Question, read_question
from merchants.models import Merchant

CANDIDATES: Final = 60  # of each way of looking
RANK_SOFTENER: Final = 20  # reciprocal rank fusion: 1 / (this + rank); Cormack, Clarke and Büttcher, SIGIR 2009
SPELLED_ALIKE: Final = 0.5  # trigram word similarity; “ibuprofin” and “ibuprofen” have 0.6
SHORT_WORD: Final = 4  # letters; so few of them are half of many a word: “gun” is no misspelt “guaifenesin”
SHORT_ALIKE: Final = 0.75
LEAST_MEANING: Final = 0.33  # cosine; below it a product merely exists
HELPS_WEIGHT: Final = 1.5  # the table of needs was written by people
WRONG_AUDIENCE: Final = 0.55
RIGHT_AUDIENCE: Final = 1.35
SUITS: Final = {"eligible": 1.0, "rx": 0.85, "letter": 0.8, "unknown": 0.6, "not_eligible": 0.45}

_BY_MEANING = """
SELECT s.product_id, 1 - (s.meaning <=> %(meaning)s::halfvec) AS alike, s.words, coalesce(d.category_code, '')
FROM eligibility_productsearch s
JOIN eligibility_product p ON p.id = s.product_id AND p.is_active
LEFT JOIN eligibility_currentdecision c ON c.product_id = s.product_id
LEFT JOIN eligibility_productdecision d ON d.id = c.decision_id
WHERE s.merchant_id = %(merchant)s {only}
ORDER BY s.meaning <=> %(meaning)s::halfvec, s.product_id LIMIT %(most)s
"""
_OF_CATEGORIES = "AND d.category_code = ANY(%(categories)s)"
_BY_SPELLING = """
SELECT s.product_id, sum(word_similarity(word, s.words)) AS alike, s.words, '', array_agg(word)
FROM eligibility_productsearch s
JOIN eligibility_product p ON p.id = s.product_id AND p.is_active
JOIN unnest(%(words)s::text[]) AS word ON word <%% s.words
  AND (length(word) > %(short_word)s OR word_similarity(word, s.words) >= %(short_alike)s)
WHERE s.merchant_id = %(merchant)s
GROUP BY s.product_id, s.words ORDER BY alike DESC, s.product_id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One product, how well it suits (only its order means something), and why it was found, in a sentence."""

    product: Product
    score: float
    why: str

    @property
    def status(self) -> str:
        return _status(self.product)


@dataclass(slots=True)
class _Candidate:
    score: float = 0.0
    words: str = ""
    helps: bool = False
    spelled: tuple[str, ...] = ()


def find_products(merchant: Merchant, asked: str, *, most: int = 10) -> list[Found]:
    """The best first: what suits, eligible before what needs a letter before what is not. Only products on sale.

    Raises EncoderMissing. Costs one encoding and three queries; the work grows with the merchant's products.
    """
    question = read_question(asked)
    if not question.words:
        return []
    candidates = _candidates(merchant, question)
    for one in candidates.values():
        one.score *= _audience_factor(one.words, question.audience)
    best = sorted(candidates, key=lambda pk: (-candidates[pk].score, pk))[: most * 3]
    products = with_decisions(Product.objects.filter(merchant=merchant)).in_bulk(best)
    found = [
        Found(product, candidates[pk].score * SUITS[_status(product)], _why(candidates[pk], question, product))
        for pk, product in products.items()
    ]
    return sorted(found, key=lambda one: (-one.score, one.product.pk))[:most]


def _candidates(merchant: Merchant, question: Question) -> dict[int, _Candidate]:
    asked: dict[str, Any] = {
        "merchant": merchant.pk, "most": CANDIDATES, "meaning": _meaning(question.meaning_text),
        "words": list(question.telling), "short_word": SHORT_WORD, "short_alike": SHORT_ALIKE, "categories": sorted(question.categories),
    }  # fmt: skip
    found: dict[int, _Candidate] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(SPELLED_ALIKE)])
        cursor.execute(_BY_MEANING.format(only=""), asked)
        _add(found, (row for row in cursor.fetchall() if row[1] >= LEAST_MEANING), 1.0)
        if asked["categories"]:
            cursor.execute(_BY_MEANING.format(only=_OF_CATEGORIES), asked)
            _add(found, cursor.fetchall(), HELPS_WEIGHT, helps=True)
        if asked["words"]:
            cursor.execute(_BY_SPELLING, asked)
            _add(found, cursor.fetchall(), 1.0)
    return found


def _add(found: dict[int, _Candidate], rows: Iterable[tuple[Any, ...]], weight: float, *, helps: bool = False) -> None:
    for rank, (pk, _, words, _, *spelled) in enumerate(rows, start=1):
        one = found.setdefault(pk, _Candidate(words=words))
        one.score += weight / (RANK_SOFTENER + rank)
        one.helps = one.helps or helps
        if spelled:
            one.spelled = tuple(spelled[0])


@lru_cache(maxsize=512)
def _meaning(text: str) -> str:
    return vector_text(encode([text])[0].tolist())


def _audience_factor(words: str, audience: str) -> float:
    """For whom a product says it is, beside for whom it is looked for."""
    tokens = set(words.replace(",", " ").split())
    meant = {name for name, some in AUDIENCES.items() if some & tokens}
    if audience in meant:
        return RIGHT_AUDIENCE
    if audience in {"children", "babies"} and meant & {"children", "babies"}:
        return 1.1
    return 1.0 if not meant and not audience else WRONG_AUDIENCE if meant else 0.9


def _status(product: Product) -> str:
    current = getattr(product, "current_decision", None)
    return current.status if current else "unknown"


def _why(one: _Candidate, question: Question, product: Product) -> str:
    if one.helps and question.named:
        current = getattr(product, "current_decision", None)
        name = current.decision.decision.get("category_name", "") if current else ""
        return f"{name or 'This'} can help with “{question.named[0]}”."
    if one.spelled:
        return f"Its title has words like {', '.join(f'“{word}”' for word in dict.fromkeys(one.spelled))}."
    return "Its title means something close to what you describe."
