"""One day's comparison: what the processor cleared, what our book has, what the bank's statement has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from checkout.models import ClearingCase, ClearingFile
from ledger.models import Account, Leg
from ledger.selectors import balance_cents
from ledger.services import account_of
from treasury.clearing_names import clearing_name
from treasury.days import next_business_day
from treasury.models import BankDay, BankLine, BankStatement, BankTransfer, Settlement, TreasuryCase
from treasury.services.cases import clear_case, keep_case_open, open_case

Kind, Case = Account.Kind, TreasuryCase.Kind


@transaction.atomic
def compare_day(on: date) -> BankDay:
    """Put the three books of a day side by side, open cases for what is overdue by then, and keep the report. Safe to repeat; a
    closed day's report stays as it was closed."""
    _look_for_missing(on)
    _look_at_cash()
    day, _ = BankDay.objects.select_for_update().get_or_create(business_on=on, defaults={"compared_at": timezone.now()})
    if day.closed_at is None:
        day.report, day.compared_at = _report(on), timezone.now()
        day.save(update_fields=["report", "compared_at"])
    return day


def compare_lately(days: int = 3) -> int:
    """Compare the last days, today too; returns how many."""
    today = timezone.now().astimezone(UTC).date()
    for back in range(days):
        compare_day(today - timedelta(days=back))
    return days


def _look_for_missing(on: date) -> None:
    """What should stand on a statement by the end of that day, and does not."""
    overdue = BankTransfer.objects.filter(status=BankTransfer.Status.SENT, settled_at=None).select_related(
        "batch", "bank_account__merchant"
    )
    for transfer in overdue:
        effective_on = transfer.batch.effective_on if transfer.batch else transfer.created_at.date()
        if next_business_day(effective_on, count=settings.PAYOUT_LATE_DAYS) <= on:
            open_case(
                kind=Case.MISSING, subject=transfer.public_id, merchant=transfer.bank_account.merchant, on=on,
                expected_cents=-transfer.amount_cents, found_cents=0,
                text=f"The bank took {transfer.public_id} for {effective_on}, and no statement has it.",
            )  # fmt: skip
    for file in ClearingFile.objects.filter(bank_lines=None):
        expected = file.completion_cents - file.refund_cents
        if expected and next_business_day(file.business_on, count=settings.CLEARING_PAYS_WITHIN_DAYS) <= on:
            open_case(
                kind=Case.MISSING, subject=f"clearing:{file.pk}", on=on, expected_cents=expected, found_cents=0,
                text=f"The processor has not paid {file.name} ({clearing_name(file.business_on, file.sequence)}).",
            )  # fmt: skip


def _look_at_cash() -> None:
    """Our book of the bank's money against the newest statement's closing balance."""
    newest = BankStatement.objects.order_by("-number").first()
    if newest is None:
        return
    booked = balance_cents(account_of(kind=Kind.BANK_CASH))
    subject = f"cash:{newest.account_last4}"
    if booked == newest.closing_cents:
        clear_case(kind=Case.BOOK_OFF, subject=subject, reason=f"They agree again with statement {newest.number}.")
        return
    case = open_case(
        kind=Case.BOOK_OFF, subject=subject, on=newest.to_on, expected_cents=booked, found_cents=newest.closing_cents,
        text="What our book has at the bank is not what the newest statement closes with.",
    )  # fmt: skip
    keep_case_open(case, expected_cents=booked, found_cents=newest.closing_cents, on=newest.to_on)


def _report(on: date) -> dict[str, Any]:
    """Cents throughout, signed as for our bank account: money in is above zero."""
    starts_at = datetime.combine(on, datetime.min.time(), UTC)
    ends_at = starts_at + timedelta(days=1)
    files = ClearingFile.objects.filter(business_on=on)
    cleared = files.aggregate(sales=Sum("completion_cents"), refunds=Sum("refund_cents"), lines=Sum("line_count"))
    settled = Settlement.objects.filter(business_on=on).aggregate(
        sales=Sum("sale_cents"), refunds=Sum("refund_cents"), fees=Sum("fee_cents"), net=Sum("net_cents"), merchants=Count("pk")
    )
    bank = {
        row["kind"]: {"count": row["count"], "cents": row["cents"]}
        for row in BankLine.objects.filter(booked_on=on)
        .order_by()
        .values("kind")
        .annotate(count=Count("pk"), cents=Sum("amount_cents"))
    }
    moved = Leg.objects.filter(entry__posted_at__gte=starts_at, entry__posted_at__lt=ends_at, account__merchant=None)
    book = {
        row["account__kind"]: row["cents"] for row in moved.order_by().values("account__kind").annotate(cents=Sum("amount_cents"))
    }
    return {
        "clearing": {
            "files": files.count(), "lines": cleared["lines"] or 0, "sales_cents": cleared["sales"] or 0,
            "refunds_cents": cleared["refunds"] or 0, "net_cents": (cleared["sales"] or 0) - (cleared["refunds"] or 0),
            "open_cases": ClearingCase.objects.filter(file__business_on=on, is_open=True).count(),
        },
        "book": {
            "settled_cents": (settled["sales"] or 0) - (settled["refunds"] or 0), "fees_cents": settled["fees"] or 0,
            "to_merchants_cents": settled["net"] or 0, "merchants": settled["merchants"], "moved": book,
            "processor_due_cents": balance_cents(account_of(kind=Kind.PROCESSOR_DUE)),
            "unexplained_cents": balance_cents(account_of(kind=Kind.UNEXPLAINED)),
            "cash_cents": balance_cents(account_of(kind=Kind.BANK_CASH)),
        },
        "bank": {"lines": bank, **_balances(on)},
        "differences": {
            "clearing_to_book_cents": (settled["sales"] or 0) - (settled["refunds"] or 0)
            - (cleared["sales"] or 0) + (cleared["refunds"] or 0),
            "open_cases": TreasuryCase.objects.filter(Q(business_on__lte=on), is_open=True).count(),
        },
    }  # fmt: skip


def _balances(on: date) -> dict[str, int | None]:
    """Our account as the day began and as it ended. The bank may send several statements a day, and one may reach over several days:
    what these book on other days is taken out, so that the opening and the day's lines come to the closing."""
    statements = list(BankStatement.objects.filter(from_on__lte=on, to_on__gte=on).order_by("number"))
    if not statements:
        return {"first_statement": None, "statement": None, "opening_cents": None, "closing_cents": None}
    first, last = statements[0], statements[-1]
    booked = BankLine.objects.filter(statement__in=statements).order_by()
    before = booked.filter(booked_on__lt=on).aggregate(cents=Sum("amount_cents"))["cents"] or 0
    after = booked.filter(booked_on__gt=on).aggregate(cents=Sum("amount_cents"))["cents"] or 0
    return {
        "first_statement": first.number, "statement": last.number,
        "opening_cents": first.opening_cents + before, "closing_cents": last.closing_cents - after,
    }  # fmt: skip
