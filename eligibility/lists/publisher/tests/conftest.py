"""A shelf with three months and a hot-fix, and both doors before it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from eligibility.lists.layout import read_rows
from eligibility.lists.publisher.publisher import Publisher
from eligibility.lists.publisher.running import RunningPublisher
from eligibility.lists.publisher.shelf import Shelf
from eligibility.taxonomy import taxonomy

N = 2_000
CATEGORIES = {category.code: (category.status, category.bucket) for category in taxonomy().categories}


def published(folder, months=(7, 8, 9)):
    shelf = Shelf(folder, n=N)
    for month in months:
        shelf.publish_month(date(2026, month, 1), published_at=datetime(2026, month - 1, 28, tzinfo=UTC))
    return shelf


def rows(file, kind):
    """Records and faults of a file of the shelf."""
    return list(
        read_rows(file, format="csv" if kind == "full" else "jsonl", compression="gzip", kind=kind, categories=CATEGORIES)
    )


@pytest.fixture
def shelf(tmp_path):
    shelf = published(tmp_path)
    shelf.publish_hot_fix(published_at=datetime(2026, 9, 9, tzinfo=UTC))
    return shelf


@pytest.fixture
def pauses():
    """How long each pause of a slow delivery should have been."""
    return []


@pytest.fixture
def running(shelf, pauses):
    async def pause(seconds):
        pauses.append(seconds)

    with RunningPublisher(Publisher(shelf), pause=pause) as running:
        yield running
