"""Lines about no charge of ours: kept, told of, and tried again with each visit to the folder.

The bank's money is gone whether we know the charge or not, and the answer is due: so nobody should have to find such a line in a log.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, fields

from django.db import DatabaseError, transaction
from django.utils import timezone

from checkout.disputes.opening import take_message
from checkout.models import UnknownDispute
from checkout.network.dispute_file import DisputeMessage
from common.errors import PlatformError
from notices.services.tell import notify

logger = logging.getLogger(__name__)
SWEEP = 200
TOPIC = "card_dispute.unknown"


@transaction.atomic
def keep_unknown(message: DisputeMessage) -> None:
    """Keep a line and tell the people of risk; a repeat does neither."""
    said = asdict(message)
    row, is_new = UnknownDispute.objects.get_or_create(case_number=said.pop("case_number"), kind=said.pop("kind"), defaults=said)
    if is_new:
        notify(topic=TOPIC, subject=row.case_number, context={"case": row.case_number})


def try_unknown() -> int:
    """Try each kept line again, the oldest first, since a decision follows its case; returns how many fitted now. Safe to repeat."""
    taken = 0
    for row in UnknownDispute.objects.filter(known_at=None).order_by("pk")[:SWEEP]:
        try:
            if not take_message(_message(row)):
                continue
        except (PlatformError, DatabaseError):
            logger.exception("kept case %s could not be booked", row.case_number)
            continue
        taken += UnknownDispute.objects.filter(pk=row.pk, known_at=None).update(known_at=timezone.now())
    return taken


def _message(row: UnknownDispute) -> DisputeMessage:
    return DisputeMessage(**{field.name: getattr(row, field.name) for field in fields(DisputeMessage)})
