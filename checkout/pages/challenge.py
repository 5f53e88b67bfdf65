"""3-D Secure in the shopper's browser: the sandbox's bank, and the place to which a bank sends its holder back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from checkout.models import CardAuthentication
from checkout.pages.doors import shoppers_session
from checkout.pages.language import in_shoppers_language
from checkout.services.authenticate import finish_challenge
from checkout.three_d_secure.sandbox import opened_question, signed_answer


@csrf_exempt  # the bank's page is another site: what it brings back is signed, and proves nothing else
@never_cache
@xframe_options_exempt
@in_shoppers_language
def challenged(request: HttpRequest, public_id: str, authentication: str) -> HttpResponse:
    """Where a bank sends its holder back, inside the frame of the pay page or as a page of its own."""
    session = shoppers_session(public_id)
    returned = (request.POST if request.method == "POST" else request.GET).get("answer", "")[:2000]
    row = finish_challenge(session=session, public_id=authentication, returned=returned)
    if row is None:
        raise Http404
    context = {
        "is_known": row.status == CardAuthentication.Status.AUTHENTICATED,
        "waits": row.status == CardAuthentication.Status.CHALLENGE,
        "pay_url": reverse("checkout:pay", args=[session.public_id]),
    }  # fmt: skip
    return _framed(render(request, "checkout/challenged.html", context), session.merchant.embed_origins)


@csrf_exempt  # no cookie counts here: the signed question is all that it goes by
@never_cache
@xframe_options_exempt
def sandbox_bank(request: HttpRequest) -> HttpResponse:
    """The sandbox plays the card's bank: is it you? Nothing like it exists where money is real."""
    text = (request.POST if request.method == "POST" else request.GET).get("question", "")
    try:
        question = opened_question(text)
    except BadSignature:
        raise Http404 from None
    if not settings.IS_SANDBOX:
        raise Http404
    if request.method != "POST":
        return _framed(render(request, "checkout/sandbox_bank.html", {"question": question, "text": text}), [])
    answer = signed_answer(reference=str(question["reference"]), is_holder=request.POST.get("is_holder") == "yes")
    return HttpResponseRedirect(f"{question['return_url']}?{urlencode({'answer': answer})}")


def _framed(response: HttpResponse, embedders: list[str]) -> HttpResponse:
    """The pay page may show it in a frame, and so may the sites that show the pay page in one."""
    response._csp_replace = {"frame-ancestors": [settings.BASE_URL, *embedders]}  # type: ignore[attr-defined]
    return response
