"""Reading what has changed: nothing is missed, however long a transaction takes, and where nothing changes nothing is read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from pos_monitor.estate.revisions import Revisions

pytestmark = pytest.mark.django_db(transaction=True)
NEXT = "SELECT nextval('pos_monitor_revision'), pg_current_xact_id()"


@contextmanager
def somebody_writing() -> Iterator[Any]:
    """A cursor of another connection, inside a transaction that has written; committed at the end."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(NEXT)
            cursor.execute("SELECT last_value FROM pos_monitor_revision")
            yield cursor
            cursor.execute("COMMIT")
    finally:
        other.close()


def look(reader: Revisions) -> int:
    """The number after which this look reads."""
    with connection.cursor() as cursor:
        after = reader.advance(cursor)
        reader.done()
    return after


def last_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM pos_monitor_revision")
        return int(cursor.fetchone()[0])


def test_where_nobody_writes_nothing_is_read_again() -> None:
    reader = Revisions()
    with connection.cursor() as cursor:
        cursor.execute(NEXT)

    assert [look(reader) for _ in range(3)] == [-1, -1, last_number()]


def test_a_number_is_not_passed_while_its_transaction_is_under_way() -> None:
    reader = Revisions()
    with somebody_writing() as writing:
        number = writing.fetchone()[0]
        while_writing = []
        for _ in range(4):
            while_writing.append(look(reader))
            writing.execute(NEXT)  # and takes more all the while

    assert max(while_writing) < number
    after_its_end = [look(reader) for _ in range(4)]
    assert after_its_end[0] < number, "the first look after its end reads what it wrote"
    assert after_its_end[-1] == last_number()


def test_an_older_transaction_does_not_hide_a_younger_one() -> None:
    reader = Revisions()
    with somebody_writing() as younger:
        number = younger.fetchone()[0]
        with somebody_writing():
            look(reader)
            look(reader)
        found = [look(reader) for _ in range(3)]

    assert max(found) < number


def test_a_look_that_failed_is_read_again() -> None:
    reader = Revisions()
    look(reader)
    with connection.cursor() as cursor:
        failed = reader.advance(cursor)

    assert look(reader) == failed
