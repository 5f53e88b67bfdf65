"""A shopper's own letters: what each covers and until when, its PDF, and a clinician's question."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from common.scopes import scope
from eligibility.letters.selectors import letter_of_account, letters_of_account, sale_day, status_on
from eligibility.letters.services import answer_question
from eligibility.models import Letter
from portal.letter_rows import TONES, covers
from portal.me.access import shopper_page
from portal.me.selectors import is_open
from portal.views.letters import pdf_response
from shoppers.accounts import ShopperSession
from vault.keyring import require_open

LONGEST_ANSWER = 2000


@shopper_page
def letters(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    rows = letters_of_account(session.account)
    context = {"account": session.account, "letters": [row_of(letter) for letter in rows], "section": "letters"}
    return render(request, "me/letters.html", context)


@shopper_page
def letter(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    found = letter_of_account(session.account, public_id)
    require_open(found.merchant_id)
    witness.saw(found)
    with scope(merchant=found.merchant):
        return render(request, "me/letter.html", _page(found))


@require_POST
@shopper_page
def answer(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    found = letter_of_account(session.account, public_id)
    with scope(merchant=found.merchant):
        try:
            answer_question(letter=found, answer=request.POST.get("answer", "").replace("\x00", "")[:LONGEST_ANSWER])
        except PlatformError as refusal:
            return render(request, "me/letter.html", {**_page(found), "error": refusal.message}, status=refusal.http_status)
    messages.success(request, "Thank you. The clinician has your answer.")
    return redirect("me:letter", public_id)


@shopper_page
def pdf(request: HttpRequest, session: ShopperSession, public_id: str, which: str) -> HttpResponse:
    found = letter_of_account(session.account, public_id)
    witness.saw(found, "pdf")
    with scope(merchant=found.merchant):
        return pdf_response(found, which)


def row_of(letter: Letter) -> dict[str, Any]:
    """Nothing sealed: a store whose key the bank has locked shows its letters' state all the same."""
    status = status_on(letter, sale_day(letter.merchant, timezone.now()))
    return {
        "public_id": letter.public_id, "merchant": letter.merchant.name, "covers": covers(letter), "status": status,
        "status_word": Letter.Status(status).label, "tone": TONES.get(status, ""), "issued_on": letter.issued_on,
        "expires_on": letter.expires_on, "requested_at": letter.requested_at, "is_locked": not is_open(letter.merchant),
    }  # fmt: skip


def _page(found: Letter) -> dict[str, Any]:
    is_ours = found.source == Letter.Source.REQUEST
    return {"letter": found, "row": row_of(found), "has_ink": is_ours and found.issued_on is not None, "section": "letters"}
