"""Disputes of decisions, and whether a merchant's reviewed titles may train the classifier."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from eligibility.decision import STATUS_WORDS, Item
from eligibility.errors import DisputeRefused
from eligibility.gtin import gtin14
from eligibility.models import EligibilityDispute, Product
from eligibility.reviews.answering import open_dispute
from eligibility.reviews.consent import consent_of, give_consent, withdraw_consent
from eligibility.reviews.disputing import dispute_file_for, dispute_for, disputes_of
from eligibility.reviews.evidence_files import CheckedFile, checked_file
from eligibility.selectors import products_of
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from eligibility.taxonomy import STATUSES
from merchants.models import Member
from portal.access import member_page, page_context
from portal.dispute_rows import dispute_page, dispute_rows, file_answer
from portal.views.pages import older_page

TYPED = ("product", "title", "brand", "gtin", "claim", "evidence", "links")


@member_page(needs="products.view")
def disputes(request: HttpRequest, member: Member) -> HttpResponse:
    return _list(request, member, typed={"product": request.GET.get("product", "")[:40]})


@require_POST
@member_page(needs="products.manage")
def open_one(request: HttpRequest, member: Member) -> HttpResponse:
    typed = {name: request.POST.get(name, "").replace("\x00", "").strip() for name in TYPED}
    try:
        product, item = _meant(member, typed)
        dispute = open_dispute(
            merchant=member.merchant, item=item, decision=decide([item], member.merchant)[0], claim_status=typed["claim"],
            evidence=typed["evidence"][:5000], links=_links(typed["links"]), files=_files(request), product=product, opened_by=member.user,
        )  # fmt: skip
    except PlatformError as refusal:
        return _list(request, member, typed=typed, error=refusal.message, status=refusal.http_status)
    messages.success(request, "Your dispute is open: two people will look, ahead of everything else that waits.")
    return redirect("portal:dispute", dispute.public_id)


@member_page(needs="products.view")
def dispute(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = dispute_for(member.merchant, public_id)
    witness.saw(found)
    return render(request, "portal/dispute.html", page_context(member, "disputes", **dispute_page(found)))


@never_cache
@member_page(needs="products.view")
def evidence_file(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    file = dispute_file_for(member.merchant, public_id)
    witness.saw(file)
    return file_answer(file)


@require_POST
@member_page(needs="settings.manage")
def consent(request: HttpRequest, member: Member) -> HttpResponse:
    """Give or withdraw the consent to train on what people agreed about one's titles."""
    if request.POST.get("consent") == "yes":
        give_consent(merchant=member.merchant, by=member.user)
        messages.success(request, "Thank you: agreed decisions about your titles may now teach the classifier.")
    else:
        withdraw_consent(merchant=member.merchant, by=member.user)
        messages.success(request, "Your titles are left out of every training from now on.")
    return redirect(reverse("portal:disputes") + "#training")


def _meant(member: Member, typed: dict[str, str]) -> tuple[Product | None, Item]:
    if typed["product"]:
        product = products_of(member.merchant).filter(public_id=typed["product"][:40]).first()
        if product is None:
            raise DisputeRefused("This is none of your products: take its id from the Products page, or give the title.")
        return product, product_item(product)
    if not typed["title"] or (typed["gtin"] and gtin14(typed["gtin"]) is None):
        raise DisputeRefused("Name a product or a title, and a GTIN only if it is one.")
    return None, Item(title=typed["title"][:500], brand=typed["brand"][:120], gtin=typed["gtin"][:20])


def _links(written: str) -> list[str]:
    links = written.split()
    if any(not link.lower().startswith(("https://", "http://")) or len(link) > 500 for link in links):
        raise DisputeRefused("A link is a whole address that begins with https://.")
    return links


def _files(request: HttpRequest) -> list[CheckedFile]:
    given = request.FILES.get("file")
    if not isinstance(given, UploadedFile):
        return []
    return [checked_file(str(given.name or ""), given.read(1_000_001))]


def _list(request: HttpRequest, member: Member, *, typed: dict[str, str], error: str = "", status: int = 200) -> HttpResponse:
    rows, next_url = older_page(request, disputes_of(member.merchant))
    witness.saw_list(EligibilityDispute, count=len(rows), merchant_id=member.merchant.pk)
    context = {
        "disputes": dispute_rows(rows), "next_url": next_url, "typed": typed, "error": error, "consent": consent_of(member.merchant),
        "statuses": [(one, STATUS_WORDS[one]) for one in STATUSES],
    }  # fmt: skip
    return render(request, "portal/disputes.html", page_context(member, "disputes", **context), status=status)
