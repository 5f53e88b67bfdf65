"""Many completions at once, copied in SQL from those of one sale: for tests and measurements of long clearing files."""

from __future__ import annotations

from django.db import connection

from checkout.models import NetworkAdvice, Payment, Tender

PER_PAYMENT = 30_000  # a tender's position is a small integer


def _columns(model: type, *but: str) -> str:
    return ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if field.column not in ("id", *but))


def multiply_completions(advice: NetworkAdvice, count: int) -> None:
    """Make `count` more completions like this one, each of a charge of its own, under references 9xxxxx… of their own."""
    columns = _columns(Payment, "public_id", "status")
    with connection.cursor() as cursor:
        for number in range(-(-count // PER_PAYMENT)):
            cursor.execute(
                f"INSERT INTO checkout_payment (public_id, status, {columns}) SELECT 'pay_many' || %s, 'failed', {columns}"
                " FROM checkout_payment WHERE id = %s RETURNING id",
                [number, advice.tender.payment_id],
            )
            [[payment]] = cursor.fetchall()
            _fill(cursor, advice, payment, first=number * PER_PAYMENT, count=min(PER_PAYMENT, count - number * PER_PAYMENT))


def _fill(cursor, advice: NetworkAdvice, payment: int, *, first: int, count: int) -> None:
    tenders = _columns(Tender, "payment_id", "position", "rrn")
    cursor.execute(
        f"INSERT INTO checkout_tender (payment_id, position, rrn, {tenders}) SELECT %s, n, '8' || lpad((%s + n::bigint)::text, 11, '0'), {tenders}"
        " FROM checkout_tender, generate_series(1, %s) AS n WHERE id = %s",
        [payment, first, count, advice.tender_id],
    )
    advices = _columns(NetworkAdvice, "tender_id", "rrn")
    cursor.execute(
        f"INSERT INTO checkout_networkadvice (tender_id, rrn, {advices}) SELECT t.id, '9' || lpad((%s + t.position::bigint)::text, 11, '0'),"
        + ", ".join(f"a.{name.strip()}" for name in advices.split(","))
        + " FROM checkout_tender t, checkout_networkadvice a WHERE t.payment_id = %s AND a.id = %s",
        [first, payment, advice.pk],
    )
