"""A whole file is read against what stands: what it says again is passed by, what it leaves out is taken off, and nobody is misled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.utils import timezone

from eligibility.lists.layout import as_row, read_rows, write_rows
from eligibility.lists.records import ADD, Record, RowFault, Said
from eligibility.lists.stage import stage
from eligibility.lists.standing import standing_before
from eligibility.models import ListItem, ListSync
from eligibility.taxonomy import taxonomy
from eligibility.tests.list_samples import GTINS, on_list

pytestmark = pytest.mark.django_db
CATEGORIES = {each.code: (each.status, each.bucket) for each in taxonomy().categories}


def says(code, description="x", **fields):
    category = taxonomy().by_code["pain-relievers-oral"]
    return replace(
        Record(
            gtin14=code, brand="", description=description, size="", category_code=category.code, subcategory="",
            status=category.status, bucket=category.bucket, rx_flag=False, effective_date=None, termination_date=None,
            change_code=ADD, replaced_by_gtin="", source="",
        ),
        **fields,
    )  # fmt: skip


def a_file(*records):
    out = BytesIO()
    write_rows(out, records, list_id="the-list", list_version="2", format="csv", compression="none")
    return BytesIO(out.getvalue())


@pytest.fixture
def update(db):
    """An update of a list with three products."""
    version = on_list(*GTINS[:3], at=timezone.now() - timedelta(days=1))
    return ListSync.objects.create(list_source=version.list_source, number=2)


def sifted(update, file, *, format="csv"):
    """(what each row came to, what is left out)"""
    standing = standing_before(update, effective_at=timezone.now())
    rows = list(read_rows(file, format=format, compression="none", kind="full", categories=CATEGORIES, standing=standing))
    return rows, sorted(standing.left_out())


def test_what_stands_is_passed_by_and_what_is_left_out_is_known(update):
    rows, left_out = sifted(update, a_file(says(GTINS[0]), says(GTINS[1], "y"), says(GTINS[5])))

    assert rows == [Said.STANDS, says(GTINS[1], "y"), says(GTINS[5])]
    assert left_out == [GTINS[2]]


@pytest.mark.parametrize(
    "change",
    [
        {"row_hash": "0" * 32},
        {"change_code": "D"},
        {"status": "letter"},
        {"termination_date": "2020-01-01"},
    ],
    ids=["another hash", "a deletion", "another status", "an end"],
)
def test_a_row_that_only_looks_as_if_it_said_the_same_is_looked_at(update, change):
    row = as_row(says(GTINS[0]), list_id="the-list", list_version="2") | change
    if "row_hash" not in change:
        row["row_hash"] = ""
    file = BytesIO((",".join(row) + "\n" + ",".join(row.values()) + "\n").encode())

    [found], left_out = sifted(update, file)

    assert found is not Said.STANDS
    assert left_out == sorted(GTINS[1:3])


def test_a_gtin_written_otherwise_is_met_all_the_same(update):
    row = as_row(says(GTINS[0]), list_id="the-list", list_version="2") | {"gtin14": GTINS[0][2:], "row_hash": ""}
    file = BytesIO((",".join(row) + "\n" + ",".join(row.values()) + "\n").encode())

    [found], left_out = sifted(update, file)

    assert found == says(GTINS[0])
    assert GTINS[0] not in left_out


def test_the_same_twice_is_counted_and_changes_nothing(update):
    rows, _ = sifted(update, a_file(says(GTINS[0]), says(GTINS[0])))

    assert rows == [Said.STANDS, Said.TWICE]


@pytest.mark.parametrize("texts", [("x", "y"), ("y", "x"), ("x", "y", "x"), ("y", "z")], ids="/".join)
def test_of_rows_that_contradict_each_other_none_is_believed(update, texts):
    standing = standing_before(update, effective_at=timezone.now())
    file = a_file(*(says(GTINS[0], text) for text in texts), says(GTINS[1]), says(GTINS[2]))

    found = stage(
        update,
        read_rows(file, format="csv", compression="none", kind="full", categories=CATEGORIES, standing=standing),
        left_out=standing.left_out(),
    )

    assert found.faulty == len(texts) - 1
    assert _staged(update) == {(GTINS[0], "F")}
    assert all("Two rows" in fault.why for fault in update.faults.all())


def test_a_row_that_cannot_be_taken_leaves_its_product_on_the_list(update):
    rows, left_out = sifted(update, a_file(says(GTINS[0], "")))

    assert isinstance(rows[0], RowFault)
    assert left_out == sorted(GTINS[1:3])


def test_a_product_with_an_announced_end_is_compared_and_not_passed_by(update):
    ListItem.objects.filter(gtin14=GTINS[0]).update(listed_until=timezone.now() + timedelta(days=30))

    rows, _ = sifted(update, a_file(says(GTINS[0])))

    assert rows == [says(GTINS[0])]


def test_a_new_end_is_no_repetition(update):
    ends = says(GTINS[0], termination_date=date(2090, 1, 1))

    rows, _ = sifted(update, a_file(ends))

    assert rows == [ends]


def _staged(update):
    with connection.cursor() as cursor:
        cursor.execute("SELECT gtin14, change_code FROM eligibility_list_stage WHERE sync_id = %s", [update.pk])
        return set(cursor.fetchall())
