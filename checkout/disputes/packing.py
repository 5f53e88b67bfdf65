"""Building the packs that are still missing: behind the booking, case by case, so that no case keeps another waiting."""

from __future__ import annotations

import logging

from django.db import DatabaseError, transaction

from checkout.disputes.pack import keep_pack, set_pack
from checkout.disputes.selectors import latest_pack
from checkout.disputes.services import answer_by_itself
from checkout.models import Dispute, EvidencePack
from common.errors import PlatformError
from vault.errors import CustodianUnavailable, MerchantKeyRevoked

logger = logging.getLogger(__name__)
MOST_A_RUN = 100
Status = Dispute.Status


def build_packs() -> int:
    """Build what is missing, the most urgent first; returns how many. Safe to repeat and beside itself.

    A merchant whose key is locked waits until it is unlocked, and nobody else does.
    """
    lacking = Dispute.objects.filter(packs=None, sent_at=None, status__in=[Status.NEEDS_RESPONSE, Status.SUBMITTED])
    built, shut = 0, set[int]()
    for pk, merchant_id in lacking.order_by("due_at").values_list("pk", "merchant_id"):
        if built == MOST_A_RUN:
            break
        if merchant_id in shut:
            continue
        try:
            build_pack(pk)
            built += 1
        except (MerchantKeyRevoked, CustodianUnavailable) as shut_key:
            shut.add(merchant_id)
            logger.info("packs of merchant %s wait: %s", merchant_id, shut_key.code)
        except (PlatformError, DatabaseError, RuntimeError, OSError):  # what typst refuses is a RuntimeError
            logger.exception("the pack of dispute %s could not be built", pk)
    return built


def build_pack(pk: int) -> EvidencePack:
    """The dispute's first pack, built and kept if it has none, and an audit answered that needs nobody. Safe to repeat and beside itself.

    No row is locked while the document is set.
    """
    made = set_pack(Dispute.objects.select_related("merchant", "payment__session__merchant", "tender").get(pk=pk))
    with transaction.atomic():
        rows = Dispute.objects.select_related("merchant", "payment__session__merchant", "tender").select_for_update(of=("self",))
        dispute = rows.get(pk=pk)
        if known := latest_pack(dispute):
            return known
        pack = keep_pack(dispute, made)
        answer_by_itself(dispute, pack)
    return pack
