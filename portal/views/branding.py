"""How the merchant looks to shoppers: colour, logo, letters; with a preview of what they will see."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from checkout.pages.looks import shown_looks
from common.errors import PlatformError
from merchants.branding.logos import MAX_BYTES
from merchants.branding.selectors import looks_of
from merchants.branding.services import set_brand
from merchants.models import Member
from portal.access import member_page, page_context


@member_page(needs="settings.manage")
def branding(request: HttpRequest, member: Member) -> HttpResponse:
    if request.method != "POST":
        return _page(request, member)
    given = request.FILES.get("logo")
    logo = given.read(MAX_BYTES + 1) if isinstance(given, UploadedFile) else None
    typed = request.POST.get("colour", "")[:20]
    try:
        result = set_brand(
            merchant=member.merchant, colour=typed, logo=logo, drops_logo=request.POST.get("drops_logo") == "yes",
            mails_receipts=request.POST.get("mails_receipts") == "yes", mails_reminders=request.POST.get("mails_reminders") == "yes",
        )  # fmt: skip
    except PlatformError as refusal:
        return _page(request, member, typed=typed, errors={refusal.param or "logo": refusal.message}, status=400)
    if result.darkened_from:
        messages.warning(
            request,
            f"White text cannot be read on {result.darkened_from}, so pages use {result.brand.colour}, the nearest darker colour.",
        )
    messages.success(request, "Shoppers see it from now on.")
    return redirect("portal:branding")


def _page(
    request: HttpRequest, member: Member, *, typed: str | None = None, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    looks = looks_of(member.merchant)
    context = page_context(
        member, "branding", looks=shown_looks(looks), colour=looks.colour if typed is None else typed, errors=errors or {},
        mails_receipts=looks.mails_receipts, mails_reminders=looks.mails_reminders,
    )  # fmt: skip
    return render(request, "portal/branding.html", context, status=status)
