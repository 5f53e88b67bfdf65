"""Card disputes: what must be answered, one case with its proof, and the answer."""

from __future__ import annotations

import base64

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from checkout.disputes.selectors import by_due_date, counts_of, dispute_for, disputes_of, evidence_for, latest_pack
from checkout.disputes.services import accept_dispute, add_evidence, submit_dispute
from checkout.models import Dispute
from common import witness
from common.errors import PlatformError
from eligibility.reviews.evidence_files import MAX_BYTES, CheckedFile, checked_file
from merchants.models import Member
from portal.access import member_page, page_context
from portal.chargeback_rows import chargeback_page, chargeback_rows, download
from portal.views.pages import older_page

MOST_URGENT = 50


@member_page(needs="sales.view")
def chargebacks(request: HttpRequest, member: Member) -> HttpResponse:
    """The most urgent by their due date; below, all of a state, newest first."""
    status = request.GET.get("status", "")
    status = status if status in Dispute.Status.values else ""
    counts = counts_of(member.merchant)
    waiting = by_due_date(disputes_of(member.merchant, status=Dispute.Status.NEEDS_RESPONSE))[:MOST_URGENT]
    rows, next_url = older_page(request, disputes_of(member.merchant, status=status))
    witness.saw_list(Dispute, count=len(rows), filters={"status": status}, merchant_id=member.merchant.pk)
    context = page_context(
        member, "chargebacks", waiting=chargeback_rows(waiting), chargebacks=chargeback_rows(rows), next_url=next_url, status=status,
        states=[(value, word, counts.get(value, 0)) for value, word in Dispute.Status.choices],
        waiting_count=counts.get(Dispute.Status.NEEDS_RESPONSE, 0), total=sum(counts.values()), most=MOST_URGENT,
    )  # fmt: skip
    return render(request, "portal/chargebacks.html", context)


@member_page(needs="sales.view")
def chargeback(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    return _page(request, member, dispute_for(member.merchant, public_id))


@require_POST
@member_page(needs="sales.refund")
def evidence(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = dispute_for(member.merchant, public_id)
    words = request.POST.get("statement", "").replace("\x00", "").strip()[:5000]
    try:
        add_evidence(dispute=found, words=words, files=_files(request), by=member.user)
    except PlatformError as refusal:
        return _page(request, member, found, words=words, error=refusal.message, status=refusal.http_status)
    messages.success(request, "Kept. It goes to the bank when you submit the answer.")
    return redirect("portal:chargeback", public_id)


@require_POST
@member_page(needs="sales.refund")
def submit(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        submit_dispute(dispute=dispute_for(member.merchant, public_id))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The answer is on its way to the bank.")
    return redirect("portal:chargeback", public_id)


@require_POST
@member_page(needs="sales.refund")
def accept(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        accept_dispute(dispute=dispute_for(member.merchant, public_id))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "You accepted the dispute.")
    return redirect("portal:chargeback", public_id)


@never_cache
@member_page(needs="sales.view")
def pack_file(request: HttpRequest, member: Member, public_id: str, kind: str) -> HttpResponse:
    """The evidence pack as a document or as data; each look is on record."""
    found = dispute_for(member.merchant, public_id)
    pack = latest_pack(found)
    if pack is None or kind not in {"pdf", "json"}:
        raise Http404
    witness.saw(pack, "pdf" if kind == "pdf" else "record")
    content = base64.b64decode(str(pack.pdf)) if kind == "pdf" else str(pack.record).encode()
    return download(content, name=f"items-{found.case_number}.{kind}", content_type=f"application/{kind}")


@never_cache
@member_page(needs="sales.view")
def evidence_file(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    file = evidence_for(member.merchant, public_id)
    witness.saw(file)
    return download(base64.b64decode(str(file.content)), name=file.title, content_type=file.content_type)


def _files(request: HttpRequest) -> list[CheckedFile]:
    given = [one for one in request.FILES.getlist("file") if isinstance(one, UploadedFile)]
    return [checked_file(str(one.name or ""), one.read(MAX_BYTES + 1)) for one in given[:10]]


def _page(
    request: HttpRequest, member: Member, found: Dispute, *, words: str | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    witness.saw(found)
    context = page_context(member, "chargebacks", **chargeback_page(found, words=words, error=error))
    return render(request, "portal/chargeback.html", context, status=status)
