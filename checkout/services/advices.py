"""The outbox to the card network: completions and reversals, repeated until acknowledged."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from checkout.identity import identity_at, reference_of
from checkout.models import NetworkAdvice, Tender
from checkout.network.acquirer import acquirer
from checkout.network.types import AdviceRequest, AdviceResult, NetworkReference
from common.errors import PlatformError
from vault.errors import MerchantKeyRevoked

logger = logging.getLogger(__name__)
BATCH = 200
FIRST_RETRY_S, LONGEST_RETRY_S = 2, 600
LOCK = 0x465341_01  # an advisory lock: one sender at a time keeps a message from being in flight twice


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
                acknowledged += _send(batch)
                if len(batch) < BATCH:
                    break
            return acknowledged
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _due() -> list[NetworkAdvice]:
    return list(
        NetworkAdvice.objects.select_related("tender__card_token")
        .defer("tender__card_token__card_number")  # unsealed one by one, and only where the network gave no reference
        .filter(acknowledged_at=None, next_attempt_at__lte=timezone.now())
        .order_by("next_attempt_at")[:BATCH]
    )


def _send(batch: list[NetworkAdvice]) -> int:
    """Send a batch and write down what became of each; one that cannot be sent keeps nobody else waiting."""
    requests = [_request_or_error(advice) for advice in batch]
    sendable = [request for request in requests if isinstance(request, AdviceRequest)]
    outcomes = iter(acquirer().send_many(sendable))
    acknowledged = 0
    for advice, request in zip(batch, requests, strict=True):
        outcome = next(outcomes) if isinstance(request, AdviceRequest) else request
        acknowledged += _note(advice, outcome)
    NetworkAdvice.objects.bulk_update(batch, ["attempts", "response_code", "acknowledged_at", "is_refused", "next_attempt_at"])
    return acknowledged


def _note(advice: NetworkAdvice, outcome: AdviceResult | Exception) -> bool:
    """Put one outcome on its row; returns whether the network acknowledged."""
    now = timezone.now()
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
    tender = advice.tender
    return AdviceRequest(
        kind="completion" if advice.kind == NetworkAdvice.Kind.COMPLETION else "reversal",
        reference=NetworkReference(stan=advice.stan, rrn=advice.rrn, transmitted_at=advice.created_at.replace(microsecond=0)),
        original=reference_of(tender), amount_cents=advice.amount_cents, merchant=identity_at(tender),
        card_pan=_pan(tender), network_reference=tender.network_reference or None, repeat=advice.attempts > 0,
    )  # fmt: skip


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
