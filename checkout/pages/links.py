"""A payment link's page: what it sells, the way to the payment, and its QR code."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from checkout.errors import PaymentLinkClosed
from checkout.link_limits import refuse_if_closed
from checkout.models import PaymentLink
from checkout.pages.language import in_shoppers_language
from checkout.pages.looks import looks_context
from checkout.payment_links.qr import qr_png, qr_svg
from checkout.payment_links.selectors import link_url, open_link
from checkout.payment_links.services import session_of_link
from common import witness
from common.addresses import client_address, one_caller
from common.api.rate_limit import KeyThrottle
from common.errors import PlatformError
from common.scopes import enter_merchant
from vault.keyring import require_open

BEGUN_COOKIE = "begun"  # of this link's path alone: the session that this browser has begun there
BEGUN_FOR_S = 86_400
OPENS_PER_S, OPENS_AT_ONCE = 0.2, 10  # sessions that one address opens from one link
LOOKS_PER_S, LOOKS_AT_ONCE = 2, 60  # pages and codes, of all links: a hall full of people may share one address


@csrf_exempt  # no cookie counts here: whoever has the address may open a session, and nothing is charged by it
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_shoppers_language
def link_page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Looking opens nothing; the button opens a session, or goes on with the one that this browser has begun."""
    if request.method != "POST" and _looks_too_often(request):
        return _wait(request)
    link = _shoppers_link(public_id)
    witness.saw(link)
    try:
        if request.method != "POST":
            refuse_if_closed(link)
            return render(request, "checkout/link.html", {"link": _shown(link), "looks": looks_context(link.merchant)})
        who = one_caller(client_address(request))
        if not KeyThrottle().allow(f"link:{public_id}:{who}", per_s=OPENS_PER_S, burst=OPENS_AT_ONCE):
            return _wait(request)
        session = session_of_link(link=link, resume=request.COOKIES.get(BEGUN_COOKIE, "")[:40])
    except PaymentLinkClosed as closed:
        context = {"merchant_name": link.merchant.name, "reason": closed.details["reason"], "looks": looks_context(link.merchant)}
        return render(request, "checkout/link_closed.html", context, status=410)
    except PlatformError as refusal:  # such as the prices of a link that is older than a rule, or nobody to judge the items
        context = {"merchant_name": link.merchant.name, "may_try_again": refusal.retryable, "looks": looks_context(link.merchant)}
        return render(request, "checkout/link_refused.html", context, status=503 if refusal.retryable else 409)
    answer = redirect("checkout:pay", session.public_id)
    answer.set_cookie(
        BEGUN_COOKIE,
        session.public_id,
        max_age=BEGUN_FOR_S,
        path=request.path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def link_qr_svg(request: HttpRequest, public_id: str) -> HttpResponse:
    if _looks_too_often(request):
        return _wait(request)
    return _image(qr_svg(link_url(_shoppers_link(public_id))).encode(), "image/svg+xml", f"{public_id}.svg")


def link_qr_png(request: HttpRequest, public_id: str) -> HttpResponse:
    if _looks_too_often(request):
        return _wait(request)
    return _image(qr_png(link_url(_shoppers_link(public_id))), "image/png", f"{public_id}.png")


def _image(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _looks_too_often(request: HttpRequest) -> bool:
    who = one_caller(client_address(request))
    return not KeyThrottle().allow(f"link-look:{who}", per_s=LOOKS_PER_S, burst=LOOKS_AT_ONCE)


def _wait(request: HttpRequest) -> HttpResponse:
    return render(request, "errors/429.html", status=429)


def _shoppers_link(public_id: str) -> PaymentLink:
    """The link of this address; the rest of the request runs for its merchant. Raises Http404, or MerchantKeyRevoked."""
    link = open_link(public_id)
    if link is None:
        raise Http404
    require_open(link.merchant_id)
    enter_merchant(link.merchant)
    return link


def _shown(link: PaymentLink) -> dict[str, Any]:
    lines = [{**line, "subtotal_cents": line["quantity"] * line["unit_price_cents"]} for line in link.line_items]
    return {
        "title": link.title, "merchant_name": link.merchant.name, "lines": lines, "shipping_cents": link.shipping_cents,
        "tax_cents": sum(line["tax_cents"] for line in lines), "amount_total_cents": link.amount_total_cents,
        "expires_at": link.expires_at,
    }  # fmt: skip
