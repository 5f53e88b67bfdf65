"""Settling: what the network's clearing file confirms becomes the merchants' to take, less our fee, once for each charge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from checkout.models import ClearingFile, ClearingLine, NetworkAdvice, Tender
from ledger.models import Account
from ledger.selectors import merchant_balance
from ledger.services import accounts_of, post_entry
from merchants.models import Merchant
from merchants.services import record_events
from treasury.models import PayoutPolicy, Reserve, SettledLine, Settlement
from treasury.pricing.fees import percentage_cents, rate_for, returned_fee_cents, sale_fee_cents
from treasury.pricing.schedules import Schedules
from treasury.services.policies import locked_policy
from vault.audit.services import record_about

Kind = Account.Kind
BATCH: Final = 2_000
RECEIVABLE: Final = {Tender.Kind.BENEFIT.value: Kind.NETWORK_BENEFIT, Tender.Kind.ORDINARY.value: Kind.NETWORK_ORDINARY}


@dataclass(slots=True)
class _Sum:
    """One merchant's part of a file as it adds up."""

    lines: list[SettledLine] = field(default_factory=list)
    receivable: dict[str, int] = field(default_factory=dict)
    sale_count: int = 0
    sale_cents: int = 0
    refund_cents: int = 0
    fee_cents: int = 0

    @property
    def gross_cents(self) -> int:
        return self.sale_cents - self.refund_cents


def settle_new_files() -> int:
    """Settle every clearing file that has lines to settle, oldest first; returns how many merchants' settlements were made."""
    files = ClearingFile.objects.filter(pk__in=_unsettled().values("file")).order_by("business_on", "sequence")
    return sum(settle_file(file) for file in files)


def settle_file(file: ClearingFile) -> int:
    """Settle what this file confirms, merchant by merchant, each in a transaction of its own. Returns how many settlements were made.

    Only lines that agree with what we booked, each charge once: what differs waits as a case. Safe to repeat and beside itself: a
    merchant's part is settled under the lock of its policy, and a charge is settled once by the database's word.
    """
    sellers = _unsettled().filter(file=file).values_list("advice__tender__payment__merchant", flat=True).distinct()
    return sum(_settle(file, merchant) for merchant in Merchant.objects.filter(pk__in=sellers).order_by("pk"))


def _unsettled() -> Any:
    """Lines that agree with what we booked, and whose charge no settlement has taken in."""
    return ClearingLine.objects.filter(
        advice__isnull=False, amount_cents=F("advice__amount_cents"), advice__settled_line__isnull=True
    )


@transaction.atomic
def _settle(file: ClearingFile, merchant: Merchant) -> bool:
    policy = locked_policy(merchant)
    lines = _unsettled().filter(file=file, advice__tender__payment__merchant=merchant).order_by("advice", "pk")
    once = (next(group) for _, group in groupby(lines.values(*WANTED).iterator(BATCH), key=lambda line: line["advice"]))
    part = _added_up(once, Schedules(merchant), _earlier(file, merchant))
    if not part.lines or Settlement.objects.filter(merchant=merchant, file=file).exists():
        return False
    _book(file, merchant, policy, part)
    return True


def _earlier(file: ClearingFile, merchant: Merchant) -> dict[tuple[int, str], int]:
    """(tender, sale or refund) -> cents that earlier settlements took in, of cards whose charges come in parts."""
    mine = _unsettled().filter(file=file, advice__tender__payment__merchant=merchant)
    in_parts = mine.exclude(advice__kind=NetworkAdvice.Kind.COMPLETION, advice__subject="").values("advice__tender")
    rows = SettledLine.objects.filter(advice__tender__in=in_parts).order_by().values("advice__tender", "kind")
    return {(row["advice__tender"], row["kind"]): abs(row["cents"]) for row in rows.annotate(cents=Sum("amount_cents"))}


WANTED: Final = (
    "advice", "advice__tender", "advice__kind", "advice__subject", "advice__amount_cents", "advice__created_at", "advice__tender__kind",
    "advice__tender__payment", "advice__tender__payment__captured_at", "advice__tender__payment__session__channel",
)  # fmt: skip


def _added_up(lines: Iterable[dict[str, Any]], schedules: Schedules, before: dict[tuple[int, str], int]) -> _Sum:
    """before: what each card's fees were counted on so far; goes on with these lines."""
    part = _Sum()
    for line in lines:
        is_sale = line["advice__kind"] == NetworkAdvice.Kind.COMPLETION
        cents, card = line["advice__amount_cents"], line["advice__tender__kind"]
        sign = 1 if is_sale else -1
        so_far = (line["advice__tender"], str(SettledLine.Kind.SALE if is_sale else SettledLine.Kind.REFUND))
        fee = _fee(line, schedules, is_sale=is_sale, before_cents=before.get(so_far, 0))
        before[so_far] = before.get(so_far, 0) + cents
        part.lines.append(
            SettledLine(
                kind=SettledLine.Kind.SALE if is_sale else SettledLine.Kind.REFUND, payment_id=line["advice__tender__payment"],
                advice_id=line["advice"], amount_cents=sign * cents, fee_cents=fee,
            )
        )  # fmt: skip
        part.receivable[card] = part.receivable.get(card, 0) + sign * cents
        part.fee_cents += fee
        if is_sale:
            part.sale_count, part.sale_cents = part.sale_count + 1, part.sale_cents + cents
        else:
            part.refund_cents += cents
    return part


def _fee(line: dict[str, Any], schedules: Schedules, *, is_sale: bool, before_cents: int) -> int:
    """By the rates that held when the sale was captured: a change of fees in the middle of a day parts it in two."""
    captured_at = line["advice__created_at"] if is_sale else line["advice__tender__payment__captured_at"]
    schedule = schedules.at(captured_at)
    if schedule is None:
        return 0
    rate = rate_for(
        schedule.rates, channel=line["advice__tender__payment__session__channel"], card=line["advice__tender__kind"],
        volume_cents=schedules.volume_cents(captured_at),
    )  # fmt: skip
    if is_sale:
        is_first = line["advice__subject"] == ""
        return sale_fee_cents(rate, line["advice__amount_cents"], is_first=is_first, before_cents=before_cents)
    return -returned_fee_cents(rate, line["advice__amount_cents"], returns_fee=schedule.returns_fee, before_cents=before_cents)


def _book(file: ClearingFile, merchant: Merchant, policy: PayoutPolicy, part: _Sum) -> None:
    net = part.gross_cents - part.fee_cents
    reserve = percentage_cents(net, policy.reserve_bp) if net > 0 and policy.reserve_days else 0
    repaid = min(max(0, net - reserve), max(0, merchant_balance(merchant).advanced_cents))
    settlement = Settlement.objects.create(
        merchant=merchant, file=file, business_on=file.business_on, sale_count=part.sale_count, sale_cents=part.sale_cents,
        refund_cents=part.refund_cents, fee_cents=part.fee_cents, reserve_cents=reserve, repaid_cents=repaid, net_cents=net,
    )  # fmt: skip
    for line in part.lines:
        line.settlement = settlement
    SettledLine.objects.bulk_create(part.lines, batch_size=BATCH)
    if reserve:
        release_on = timezone.localdate(timezone=merchant.zone) + timedelta(days=policy.reserve_days)
        Reserve.objects.create(settlement=settlement, amount_cents=reserve, release_on=release_on)
    _post(settlement, part)
    told = {"settlement": settlement.public_id, "business_on": str(file.business_on), "net_cents": net, "fee_cents": part.fee_cents,
            "sale_count": part.sale_count}  # fmt: skip
    record_about(settlement, "settled", details=told)
    record_events(merchant=merchant, events=[("balance.settled", settlement.public_id, told)])


def _post(settlement: Settlement, part: _Sum) -> None:
    merchant, gross = settlement.merchant, part.gross_cents
    wanted = [(Kind.PROCESSOR_DUE, None), *((RECEIVABLE[card], None) for card in part.receivable), (Kind.SALE_FEES, None)]
    mine = (Kind.MERCHANT_PAYABLE, Kind.MERCHANT_SETTLED, Kind.MERCHANT_RESERVE, Kind.MERCHANT_ADVANCED)
    due, *receivable, fees, pending, settled, reserve, advanced = accounts_of([*wanted, *((kind, merchant) for kind in mine)])
    legs = {due: gross, pending: gross, fees: -settlement.fee_cents, reserve: -settlement.reserve_cents,
            advanced: -settlement.repaid_cents,
            settled: -(settlement.net_cents - settlement.reserve_cents - settlement.repaid_cents)}  # fmt: skip
    legs |= {account: -cents for account, cents in zip(receivable, part.receivable.values(), strict=True)}
    if any(legs.values()):
        post_entry(
            reference=f"settle:{settlement.public_id}", legs=legs, merchant=merchant,
            description=f"Settlement of {settlement.business_on:%-d %B %Y}",
        )  # fmt: skip


def release_reserves() -> int:
    """Let go of reserves whose time is over; returns how many. Safe to repeat and beside itself."""
    due = Reserve.objects.filter(released_at=None, release_on__lte=timezone.localdate()).select_related("settlement__merchant")
    return sum(_release(reserve) for reserve in due.order_by("release_on", "pk")[:BATCH])


@transaction.atomic
def _release(reserve: Reserve) -> bool:
    if not Reserve.objects.filter(pk=reserve.pk, released_at=None).update(released_at=timezone.now()):
        return False
    merchant = reserve.settlement.merchant
    kept, settled = accounts_of([(Kind.MERCHANT_RESERVE, merchant), (Kind.MERCHANT_SETTLED, merchant)])
    post_entry(
        reference=f"reserve_release:{reserve.settlement.public_id}", merchant=merchant,
        legs={kept: reserve.amount_cents, settled: -reserve.amount_cents},
        description=f"Reserve of {reserve.settlement.business_on:%-d %B %Y} released",
    )  # fmt: skip
    return True
