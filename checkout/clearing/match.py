"""Lines against completions and refunds, in four statements however long the file is.

missing    we queued it before the day's cut, did not take it back, and no file has it
extra      a line that names nothing of ours
amount     a line that names one of ours with another amount
duplicate  a line for what another line cleared already

A file that brings what an earlier one lacked closes that case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from checkout.models import ClearingCase, ClearingFile, ClearingLine, NetworkAdvice, RefundLeg
from merchants.models import Merchant

MONEY_KINDS: Final = ("completion", "refund")
GRACE: Final = timedelta(hours=1)  # what we queue before midnight may reach the network after it
BATCH: Final = 2_000
Kind = ClearingCase.Kind

MATCH: Final = """
    UPDATE checkout_clearingline AS line SET advice_id = advice.id
      FROM checkout_networkadvice AS advice
     WHERE line.file_id = %s AND advice.rrn = line.rrn AND advice.stan = line.stan AND advice.kind = line.kind
"""


def match_file(file: ClearingFile) -> None:
    """Match the lines of a file and open its cases. In the transaction that keeps the lines."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE checkout_clearingline")  # the planner knows nothing of what was just copied
        cursor.execute(MATCH, [file.pk])
        file.matched_count = cursor.rowcount
    file.case_count = sum(
        len(ClearingCase.objects.bulk_create(list(cases), batch_size=BATCH))
        for cases in (_extra(file), _doubled(file), _other_amounts(file))
    )
    _close_found(file)
    file.case_count += len(ClearingCase.objects.bulk_create(list(_missing(file)), batch_size=BATCH))
    file.save(update_fields=["matched_count", "case_count"])


def window(file: ClearingFile) -> tuple[datetime, datetime]:
    """What we queued from `[0]` until before `[1]` belongs in files up to this one. Days without a file are made up for."""
    before = ClearingFile.objects.filter(business_on__lt=file.business_on).order_by("-business_on").first()
    first_day = before.business_on + timedelta(days=1) if before else file.business_on
    starts_at = datetime.combine(first_day, time(), UTC)
    ends_at = datetime.combine(file.business_on + timedelta(days=1), time(), UTC)
    return starts_at - GRACE, ends_at - GRACE


def _extra(file: ClearingFile) -> Iterator[ClearingCase]:
    lines = file.lines.filter(advice=None).order_by("position")
    sellers = dict(Merchant.objects.filter(card_acceptor_id__in=lines.values("acceptor")).values_list("card_acceptor_id", "pk"))
    for line in lines.iterator(BATCH):
        yield _case(file, Kind.EXTRA, line, booked_cents=0, merchant_id=sellers.get(line.acceptor))


def _matched(file: ClearingFile) -> Any:
    """The file's matched lines, each with its seller and whether an earlier line cleared the same."""
    earlier = ClearingLine.objects.filter(advice=OuterRef("advice"), pk__lt=OuterRef("pk"))
    return (
        file.lines.filter(advice__isnull=False)
        .annotate(
            is_second=Exists(earlier), seller=F("advice__tender__payment__merchant"), booked_cents=F("advice__amount_cents")
        )
        .order_by("position")
    )


def _doubled(file: ClearingFile) -> Iterator[ClearingCase]:
    for line in _matched(file).filter(is_second=True).iterator(BATCH):
        yield _case(file, Kind.DUPLICATE, line, booked_cents=0, merchant_id=line.seller)


def _other_amounts(file: ClearingFile) -> Iterator[ClearingCase]:
    for line in _matched(file).filter(~Q(amount_cents=F("advice__amount_cents")), is_second=False).iterator(BATCH):
        yield _case(file, Kind.AMOUNT, line, booked_cents=line.booked_cents, merchant_id=line.seller)


def _close_found(file: ClearingFile) -> None:
    found = file.lines.filter(advice__isnull=False).values("advice")
    ClearingCase.objects.filter(kind=Kind.MISSING, is_open=True, advice__in=found).update(
        is_open=False, resolved_at=timezone.now(), reason=f"Cleared in {file.name}."
    )


def _missing(file: ClearingFile) -> Iterator[ClearingCase]:
    starts_at, ends_at = window(file)
    # One leg must say both: a void that failed beside a refund that succeeded takes no completion back.
    taken_back = RefundLeg.objects.filter(tender=OuterRef("tender"), refund__is_void=True, status=RefundLeg.Status.SUCCEEDED)
    absent = (
        NetworkAdvice.objects.filter(kind__in=MONEY_KINDS, created_at__gte=starts_at, created_at__lt=ends_at)
        .filter(~Exists(ClearingLine.objects.filter(advice=OuterRef("pk"))))
        .filter(~Q(kind=NetworkAdvice.Kind.COMPLETION) | ~Exists(taken_back))
        .filter(~Exists(ClearingCase.objects.filter(advice=OuterRef("pk"), kind=Kind.MISSING)))
        .annotate(seller=F("tender__payment__merchant"))
        .order_by("pk")
    )
    for advice in absent.iterator(BATCH):
        yield ClearingCase(
            kind=Kind.MISSING,
            file=file,
            advice=advice,
            merchant_id=advice.seller,
            rrn=advice.rrn,
            booked_cents=advice.amount_cents,
        )


def _case(
    file: ClearingFile, kind: ClearingCase.Kind, line: ClearingLine, *, booked_cents: int, merchant_id: int | None
) -> ClearingCase:
    return ClearingCase(
        kind=kind, file=file, line=line, advice_id=line.advice_id, merchant_id=merchant_id, rrn=line.rrn, booked_cents=booked_cents,
        cleared_cents=line.amount_cents,
    )  # fmt: skip
