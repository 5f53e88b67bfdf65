"""The outbox to the card network: completions, reversals and refunds, repeated until acknowledged."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from checkout.identity import identity_at, reference_of
from checkout.models import NetworkAdvice, Tender
from checkout.network.acquirer import acquirer
from checkout.network.types import AdviceKind, AdviceRequest, AdviceResult, NetworkReference
from checkout.services.release import VOID
from common.errors import PlatformError
from vault.errors import MerchantKeyRevoked

KINDS: Mapping[NetworkAdvice.Kind, AdviceKind] = {
    NetworkAdvice.Kind.COMPLETION: "completion", NetworkAdvice.Kind.REVERSAL: "reversal", NetworkAdvice.Kind.REFUND: "refund",
}  # fmt: skip
logger = logging.getLogger(__name__)
BATCH = 200
ANSWERED, UNANSWERED = (
    ("attempts", "response_code", "acknowledged_at", "is_refused"),
    ("attempts", "next_attempt_at"),
)  # what is written
FIRST_RETRY_S, LONGEST_RETRY_S = 2, 600
# An advisory lock: one sender at a time keeps a message from being in flight twice. It is the session's, as no transaction is open
# while the network thinks; so this worker must not reach the database by a pooler that lends by transaction.
LOCK = 0x465341_01


def send_due_advices() -> int:
    """Send every advice whose time has come; returns how many were acknowledged. Safe to repeat and beside itself.

    An advice that nobody acknowledged is sent again, marked as a repeat, at growing intervals, for ever: it is about
    somebody's money.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            acknowledged = 0
            while batch := _due():
                taken = _send(batch)
                acknowledged += taken
                if not taken:  # what follows in a tender's row waits for what could not be said
                    break
            return acknowledged
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _due() -> list[NetworkAdvice]:
    """The next of each tender's advices, if its time has come: a refund before its completion would be refused."""
    earlier = NetworkAdvice.objects.filter(tender=OuterRef("tender"), acknowledged_at=None, pk__lt=OuterRef("pk"))
    return list(
        NetworkAdvice.objects.select_related("tender__card_token")
        .defer("tender__card_token__card_number")  # unsealed one by one, and only where the network gave no reference
        .filter(~Exists(earlier), acknowledged_at=None, next_attempt_at__lte=timezone.now())
        .order_by("next_attempt_at")[:BATCH]
    )


def _send(batch: list[NetworkAdvice]) -> int:
    """Send a batch and write down what became of each; one that cannot be sent keeps nobody else waiting."""
    requests = [_request_or_error(advice) for advice in batch]
    sendable = [request for request in requests if isinstance(request, AdviceRequest)]
    outcomes = iter(acquirer().send_many(sendable))
    acknowledged, now = 0, timezone.now()
    for advice, request in zip(batch, requests, strict=True):
        outcome = next(outcomes) if isinstance(request, AdviceRequest) else request
        acknowledged += _note(advice, outcome, now)
    _write(batch)
    return acknowledged


def _write(batch: list[NetworkAdvice]) -> None:
    """One statement for all that met the same: almost always the whole batch."""
    alike: defaultdict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for advice in batch:
        names = ANSWERED if advice.acknowledged_at else UNANSWERED
        alike[tuple((name, getattr(advice, name)) for name in names)].append(advice.pk)
    for values, keys in alike.items():
        NetworkAdvice.objects.filter(pk__in=keys).update(**dict(values))


def _note(advice: NetworkAdvice, outcome: AdviceResult | Exception, now: datetime) -> bool:
    """Put one outcome on its row; returns whether the network acknowledged."""
    advice.attempts += 1
    if isinstance(outcome, AdviceResult):
        advice.response_code, advice.acknowledged_at, advice.is_refused = outcome.response_code, now, not outcome.acknowledged
        if advice.is_refused:
            logger.error("the host refused %s %s with %s", advice.kind, advice.rrn, outcome.response_code)
        return outcome.acknowledged
    pause_s = min(FIRST_RETRY_S * 2 ** min(advice.attempts, 16), LONGEST_RETRY_S)
    advice.next_attempt_at = now + timedelta(seconds=pause_s)
    return False


def _request_or_error(advice: NetworkAdvice) -> AdviceRequest | Exception:
    try:
        return _request(advice)
    except (PlatformError, ValueError, TypeError) as error:
        logger.exception("advice %s cannot be put into words", advice.rrn)
        return error


def _request(advice: NetworkAdvice) -> AdviceRequest:
    tender, completion = advice.tender, None
    if advice.kind == NetworkAdvice.Kind.REVERSAL and advice.subject == VOID:
        completion = NetworkAdvice.objects.get(tender=tender, kind=NetworkAdvice.Kind.COMPLETION, subject="")
    return AdviceRequest(
        kind=KINDS[NetworkAdvice.Kind(advice.kind)],
        reference=_reference(advice), original_mti="0220" if completion else "0100",
        original=_reference(completion) if completion else reference_of(tender), amount_cents=advice.amount_cents, merchant=identity_at(tender),
        card_pan=_pan(tender), network_reference=tender.network_reference or None, repeat=advice.attempts > 0,
    )  # fmt: skip


def _reference(advice: NetworkAdvice) -> NetworkReference:
    return NetworkReference(stan=advice.stan, rrn=advice.rrn, transmitted_at=advice.created_at.replace(microsecond=0))


def _pan(tender: Tender) -> str | None:
    """The card's number, where the network has given no reference of its own.

    While the bank keeps the merchant's key locked there is none: the original's trace and retrieval numbers name the
    charge too, and what may be held on a shopper's card must not wait for the bank.
    """
    if tender.network_reference:
        return None
    try:
        number: str | None = tender.card_token.card_number
    except MerchantKeyRevoked:
        return None
    return number
