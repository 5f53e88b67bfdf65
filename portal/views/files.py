"""Files of items: sent, followed while they are worked through, looked into, taken back; and one product with its history."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common import witness
from common.api.pages import CursorInvalid, decode_cursor, encode_cursor
from common.errors import PlatformError
from eligibility.catalogue.api.jobs import download
from eligibility.catalogue.jobs.reading import Options
from eligibility.catalogue.jobs.results import FORMATS, rows_of
from eligibility.catalogue.jobs.selectors import job_for, jobs_of
from eligibility.catalogue.jobs.services import Kind, cancel_job, create_job
from eligibility.catalogue.selectors import decisions_of, with_decisions
from eligibility.models import CatalogueJob, Product
from eligibility.selectors import products_of
from merchants.capabilities import may
from merchants.models import Member
from portal import catalogue_pages as shown
from portal.access import member_page, page_context
from portal.views.pages import ROWS_A_PAGE, older_page


@member_page(needs="products.view")
def files(request: HttpRequest, member: Member) -> HttpResponse:
    return _list(request, member)


@require_POST
@member_page(needs="products.manage")
def upload(request: HttpRequest, member: Member) -> HttpResponse:
    sent, kind = request.FILES.get("file"), request.POST.get("kind", "")
    if sent is None or sent.file is None or kind not in Kind.values:
        return _list(request, member, error="Choose a file, and say what shall be done with it.", status=400)
    try:
        options = Options(
            filename=sent.name or "", content_type=sent.content_type or "", encoding=request.POST.get("encoding", "")
        )
        job = create_job(
            merchant=member.merchant, kind=kind, file=sent.file, options=options,
            is_dry_run=kind == Kind.IMPORT and "dry_run" in request.POST,
        )  # fmt: skip
    except PlatformError as refusal:
        return _list(request, member, error=refusal.message, status=refusal.http_status)
    return redirect("portal:file", job.public_id)


@never_cache
@member_page(needs="products.view")
def file(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    job = job_for(member.merchant, public_id)
    word = request.GET.get("status", "")[:20]
    rows, next_url = ([], None) if job.is_expired else _rows(request, job, word)
    context = page_context(
        member, "products", job=job, rows=rows, next_url=next_url, word=word, can_cancel=job.is_open and may(member, "products.manage"),
        **shown.job_page(job, timezone.now()),
    )  # fmt: skip
    return render(request, "portal/file.html", context)


@never_cache
@require_GET
@member_page(needs="products.view")
def file_status(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """What the page asks for every second or two while the file is worked through."""
    return JsonResponse(shown.job_status(job_for(member.merchant, public_id), timezone.now()))


@require_POST
@member_page(needs="products.manage")
def file_cancel(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        cancel_job(job=job_for(member.merchant, public_id))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    return redirect("portal:file", public_id)


@member_page(needs="products.view")
def file_results(request: HttpRequest, member: Member, public_id: str, kind: str) -> HttpResponseBase:
    job = job_for(member.merchant, public_id)
    try:
        return download(job, kind if kind in FORMATS else "csv")
    except PlatformError as refusal:
        messages.error(request, refusal.message)
        return redirect("portal:file", public_id)


@member_page(needs="products.view", of_places=True)
def product(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found: Product = get_object_or_404(with_decisions(products_of(member.merchant)), public_id=public_id)
    witness.saw(found)
    rows, next_url = older_page(request, decisions_of(found))
    context = page_context(member, "products", **shown.product_page(found, rows), next_url=next_url)
    return render(request, "portal/product.html", context)


def _list(request: HttpRequest, member: Member, *, error: str = "", status: int = 200) -> HttpResponse:
    rows, next_url = older_page(request, jobs_of(member.merchant))
    context = page_context(
        member, "products", jobs=[shown.job_row(row, timezone.now()) for row in rows], next_url=next_url, error=error,
        can_upload=may(member, "products.manage"), encodings=shown.ENCODING_WORDS,
    )  # fmt: skip
    return render(request, "portal/files.html", context, status=status)


def _rows(request: HttpRequest, job: CatalogueJob, word: str) -> tuple[list[dict[str, Any]], str | None]:
    """A page of the file's rows, and the address of the next."""
    try:
        after = decode_cursor(request.GET["cursor"]) if request.GET.get("cursor") else 0
    except CursorInvalid:
        after = 0
    found = [row for row, _ in zip(rows_of(job, after=after, word=word), range(ROWS_A_PAGE + 1), strict=False)]
    rows = found[:ROWS_A_PAGE]
    if len(found) <= ROWS_A_PAGE:
        return [shown.result_row(job, row) for row in rows], None
    query = request.GET.copy()
    query["cursor"] = encode_cursor(rows[-1].number)
    return [shown.result_row(job, row) for row in rows], f"?{query.urlencode()}"
