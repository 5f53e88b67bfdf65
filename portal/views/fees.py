"""What sales cost: the fees that hold for a merchant, and those to come."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from common import witness
from merchants.models import Member
from portal.access import member_page, page_context
from portal.fee_rows import schedule_row
from treasury.models import FeeSchedule
from treasury.pricing.schedules import Schedules


@require_GET
@member_page(needs="balance.view")
def fees(request: HttpRequest, member: Member) -> HttpResponse:
    schedules, now = Schedules(member.merchant), timezone.now()
    in_force, volume_cents = schedules.at(now), schedules.volume_cents(now)
    coming = schedules.coming(now)
    witness.saw_list(FeeSchedule, count=len(coming) + (in_force is not None), merchant_id=member.merchant.pk)
    context = page_context(
        member, "balance", in_force=schedule_row(in_force, volume_cents=volume_cents) if in_force else None, volume_cents=volume_cents,
        coming=[schedule_row(one, volume_cents=volume_cents) for one in coming],
    )  # fmt: skip
    return render(request, "portal/fees.html", context)
