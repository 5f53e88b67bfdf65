"""The checker's page: a form that works without JavaScript, cookies or a sign-in, on its own or in a merchant's frame."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from common.addresses import client_address, one_caller
from common.api.rate_limit import KeyThrottle
from common.scopes import across_merchants, enter_merchant
from eligibility.checker import words
from eligibility.checker.services import Answer, answer, is_checker_on
from eligibility.errors import ClassifierUnavailable
from eligibility.gtin import gtin14
from merchants.models import Merchant
from vault.keyring import require_open

PER_S, BURST = 1, 20  # a person types; a copier of the catalogue does not
PAGE_PER_S, PAGE_BURST = 20, 200  # all who ask one merchant's checker: whoever calls from many networks slows this page alone
MAX_CHARS = 300


class CheckerForm(forms.Form):
    title = forms.CharField(label="What is it?", required=False, strip=True)
    gtin = forms.CharField(label="Or the number under its bar code", required=False, strip=True)

    def clean_title(self) -> str:
        written = str(self.cleaned_data["title"])
        if len(written) > MAX_CHARS:
            raise forms.ValidationError(words.TOO_LONG)
        return written

    def clean_gtin(self) -> str:
        written = str(self.cleaned_data["gtin"])
        if written and gtin14(written) is None:
            raise forms.ValidationError(words.NOT_A_GTIN)
        return written

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("title") and not cleaned.get("gtin"):
            raise forms.ValidationError(words.NOTHING_ASKED)
        return cleaned


@never_cache
@require_safe
def checker(request: HttpRequest, public_id: str) -> HttpResponse:
    merchant = _merchant_with_checker(public_id)
    if merchant is None:
        return render(request, "checker/not_found.html", status=404)
    asked = bool(request.GET)
    form = CheckerForm(request.GET if asked else None)
    context: dict[str, Any] = {"merchant": merchant, "form": form, "answer": None, "problem": ""}
    status = 200
    if asked and (problem := _too_many(request, merchant)):
        context["problem"], status = problem, 429
    elif asked and form.is_valid():
        try:
            context["answer"] = _shown(answer(merchant, **form.cleaned_data))
        except ClassifierUnavailable:
            context["problem"], status = words.NOT_NOW, 503
    return _framed(render(request, "checker/page.html", context, status=status), merchant)


def _too_many(request: HttpRequest, merchant: Merchant) -> str:
    """What to say to who asks too early; the caller is counted first, so that nobody alone uses up what all have together."""
    throttle = KeyThrottle()
    if not throttle.allow(f"checker:{one_caller(client_address(request))}", per_s=PER_S, burst=BURST):
        return words.TOO_MANY
    if not throttle.allow(f"checker:{merchant.public_id}", per_s=PAGE_PER_S, burst=PAGE_BURST):
        return words.BUSY
    return ""


def _merchant_with_checker(public_id: str) -> Merchant | None:
    """The merchant, if it shows a checker; the rest of the request runs for it. Raises MerchantKeyRevoked."""
    with across_merchants("a checker's address names its merchant"):
        merchant = Merchant.objects.filter(public_id=public_id, is_active=True).first()
    if merchant is None:
        return None
    require_open(merchant.pk)
    enter_merchant(merchant)
    return merchant if is_checker_on(merchant) else None


def _shown(found: Answer) -> dict[str, Any]:
    decision = found.decision
    is_in_part = decision.status == "eligible" and decision.eligible_fraction is None
    return {
        "title": found.title, "decision": decision, "heading": words.heading(decision.status, is_in_part=is_in_part),
        "evidence": words.EVIDENCE[decision.evidence],
        "accounts": words.accounts(decision.account_kinds) if decision.status != "unknown" else "",
        "products": found.products,
    }  # fmt: skip


def _framed(response: HttpResponse, merchant: Merchant) -> HttpResponse:
    """The sites that the merchant named may show the page in a frame; no other may. Where one came from is not told on."""
    response["Referrer-Policy"] = "no-referrer"
    if merchant.embed_origins:
        response.xframe_options_exempt = True  # a header that knows no list of sites
        response._csp_replace = {"frame-ancestors": merchant.embed_origins}  # type: ignore[attr-defined]
    return response
