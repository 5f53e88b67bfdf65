"""What the training titles promise in their datasheet, `eligibility/data/corpus/README.md`."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest

from eligibility.classifier.training.corpus import CORPUS_DIR
from eligibility.taxonomy import taxonomy
from eligibility.tests.corpus_pairs import HARD_PAIRS

FEWEST_PER_CATEGORY = 60
FEWEST_PER_SIDE = 20

SIZE = re.compile(
    r"\d(?:[\d.,/]*)\s?-?(?:fl\.? ?oz|oz|ounces?|ct|count|ml|mg|mcg|g|kg|lbs?|packs?|pk|pcs?|pieces?|ea|each|tablets?|"
    r"caps(?:ules)?|caplets|softgels|inch(?:es)?|in|ft|l|gal|iu|pairs?)\b",
    re.IGNORECASE,
)
SPANISH = re.compile(
    r"[áéíóúñ]|\b(?:para|con|sin|de la|del|crema|jabón|jabon|pastillas|gotas|dolor|leche|suero|cápsulas)\b", re.IGNORECASE
)
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){2,}(?:\.html)?")
BROKEN_TEXT = re.compile(r"â€|Ã|Â®|-«|&amp;|&#|&quot;|&reg;|&trade;|â„¢|\ufffd")
BUNDLE = re.compile(r"\b(?:bundle|kit|set|combo|variety|assortment|sampler|stack)\b", re.IGNORECASE)
PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\b\d{3}-\d{2}-\d{4}\b|\(\d{3}\) ?\d{3}-\d{4}|\b\d{3}-\d{3}-\d{4}\b|https?://|\bwww\.", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Line:
    where: str
    title: str
    brand: str
    category: str  # a taxonomy code


@pytest.fixture(scope="module")
def lines():
    by_name = taxonomy().by_name
    found = []
    for path in sorted(CORPUS_DIR.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            for row in reader:
                where = f"{path.name}:{reader.line_num}"
                found.append(Line(where, row["title"], row["brand"], by_name[row["category"]].code))
    return found


@pytest.fixture(scope="module")
def titles_of(lines):
    titles = defaultdict(list)
    for line in lines:
        titles[line.category].append(line.title)
    return titles


def share(lines, test):
    return sum(1 for line in lines if test(line)) / len(lines)


def test_the_corpus_is_as_large_as_its_datasheet_says(lines):
    said = re.search(r"([\d,]+) titles", (CORPUS_DIR / "README.md").read_text(encoding="utf-8"))

    assert said is not None
    assert int(said[1].replace(",", "")) == len(lines) >= 30_000


def test_the_datasheet_counts_each_file(lines):
    table = (CORPUS_DIR / "README.md").read_text(encoding="utf-8")
    said = {name: int(count.replace(",", "")) for name, count in re.findall(r"\| `(\w+\.csv)` \| ([\d,]+) \|", table)}

    assert said == Counter(line.where.split(":")[0] for line in lines)


def test_every_category_has_enough_titles(titles_of):
    thin = {code: len(titles_of[code]) for code in taxonomy().by_code if len(titles_of[code]) < FEWEST_PER_CATEGORY}

    assert thin == {}


def test_no_title_stands_twice(lines):
    seen = Counter(line.title.casefold() for line in lines)

    assert [title for title, times in seen.items() if times > 1] == []


def test_no_title_is_judged_in_two_ways(lines):
    """The same words in another order or with other marks may not have another status."""
    statuses = defaultdict(set)
    for line in lines:
        words = tuple(sorted(set(re.findall(r"\w+", line.title.casefold()))))
        statuses[words].add(taxonomy().by_code[line.category].status)

    assert [words for words, found in statuses.items() if words and len(found) > 1] == []


def test_cells_are_clean(lines):
    dirty = [
        line.where
        for line in lines
        if any(cell != " ".join(cell.split(" ")).strip() or "  " in cell for cell in (line.title, line.brand))
    ]

    assert dirty == []


def test_titles_have_a_title_s_length(lines):
    assert [line.where for line in lines if not 2 <= len(line.title) <= 250] == []


def test_no_title_tells_of_a_person(lines):
    assert [line.where for line in lines if PERSONAL.search(line.title)] == []


@pytest.mark.parametrize(("code", "pattern", "neighbour", "its_pattern"), HARD_PAIRS)
def test_a_hard_pair_is_told_on_both_sides(titles_of, code, pattern, neighbour, its_pattern):
    one = [title for title in titles_of[code] if re.search(pattern, title, re.IGNORECASE)]
    other = [title for title in titles_of[neighbour] if re.search(its_pattern, title, re.IGNORECASE)]

    assert min(len(one), len(other)) >= FEWEST_PER_SIDE
    assert taxonomy().by_code[code].status != taxonomy().by_code[neighbour].status


@pytest.mark.parametrize(
    ("kind", "test", "least"),
    [
        ("of two to four words", lambda line: 2 <= len(line.title.split()) <= 4, 0.30),
        ("stuffed, 100 letters or more", lambda line: len(line.title) >= 100, 0.03),
        ("with a brand in its own column", lambda line: bool(line.brand), 0.25),
        ("with a size or count", lambda line: bool(SIZE.search(line.title)), 0.20),
        ("Spanish", lambda line: bool(SPANISH.search(line.title)), 0.01),
        ("till text", lambda line: line.title.isupper() and len(line.title) <= 32, 0.03),
        ("slug", lambda line: bool(SLUG.fullmatch(line.title)), 0.002),
        ("broken encoding", lambda line: bool(BROKEN_TEXT.search(line.title)), 0.002),
        ("bundle or kit", lambda line: bool(BUNDLE.search(line.title)), 0.02),
    ],
)
def test_each_kind_of_title_has_its_share(lines, kind, test, least):
    assert share(lines, test) >= least, kind


def test_both_sides_know_every_kind_of_title(lines):
    """Noise must not give the status away: no kind may belong to one status alone."""
    status = {code: category.status for code, category in taxonomy().by_code.items()}
    kinds = {"till": str.isupper, "slug": SLUG.fullmatch, "broken": BROKEN_TEXT.search, "spanish": SPANISH.search}
    for name, is_kind in kinds.items():
        found = Counter(status[line.category] for line in lines if is_kind(line.title))

        assert min(found["eligible"], found["letter"], found["not_eligible"]) >= 20, name
