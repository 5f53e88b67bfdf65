"""The one way in which a letter changes its state: locked, by the table, with history, audit entry, event and word to the shopper."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from common.request_context import actor
from eligibility.letters.render import render_letter
from eligibility.letters.states import after
from eligibility.models import Letter, LetterEvent
from merchants.services import record_event
from people.letters import send_letter
from vault.audit.services import record_about

# Verb -> the event that the merchant hears.
EVENTS = {"issue": "letter.issued", "decline": "letter.declined", "expire": "letter.expired", "revoke": "letter.revoked"}
# Verb -> the subject of the mail to the shopper, which says no more: nothing about anybody's health stands in a mail.
SUBJECTS = {
    "issue": "Your letter from {merchant} is ready",
    "decline": "News about the letter you asked for at {merchant}",
    "ask": "A question about the letter you asked for at {merchant}",
    "expire": "A letter of yours at {merchant} is over",
    "revoke": "A letter of yours at {merchant} no longer counts",
}
MAIL_USEFUL_FOR = timedelta(days=7)
DEEDS = {
    "request": "requested", "claim": "claimed", "give_back": "given_back", "edit": "edited", "ask": "asked", "answer": "answered",
    "issue": "issued", "decline": "declined", "cancel": "cancelled", "amend": "amended", "expire": "expired", "revoke": "revoked",
    "supersede": "superseded",
}  # fmt: skip


def locked(letter: Letter) -> Letter:
    """The letter as it stands now, held until the caller's transaction ends."""
    return Letter.objects.select_for_update(of=("self",)).select_related("merchant", "shopper", "supersedes").get(pk=letter.pk)


def move(letter: Letter, verb: str, **fields: Any) -> Letter:
    """Do what the verb says to a letter that the caller has locked, or raise LetterStateWrong. In the caller's transaction."""
    letter.status = after(letter, verb)
    if verb in EVENTS:
        fields.setdefault("decided_at", timezone.now())
    for name, value in fields.items():
        setattr(letter, name, value)
    letter.save(update_fields=["status", *fields])
    note(letter, verb, fields=[name for name in fields if name != "decided_at"])
    if verb in EVENTS:
        record_event(merchant=letter.merchant, type=EVENTS[verb], object_id=letter.public_id, data=render_letter(letter))
    if verb in SUBJECTS:
        _write_to_shopper(letter, verb)
    return letter


def _write_to_shopper(letter: Letter, verb: str) -> None:
    """That there is news, and where to read it; the mail leaves after the transaction."""
    merchant = letter.merchant.name
    context = {"merchant": merchant, "path": f"/me/sign-in/?letter={letter.public_id}", "is_question": verb == "ask"}
    send_letter(
        to=letter.shopper.email, subject=SUBJECTS[verb].format(merchant=merchant), template="letters/mail", context=context,
        useful_for=MAIL_USEFUL_FOR,
    )  # fmt: skip


def note(letter: Letter, verb: str, *, fields: list[str] | None = None) -> None:
    """History and audit trail of one deed."""
    by = actor.get()
    LetterEvent.objects.create(
        letter=letter, merchant_id=letter.merchant_id, verb=verb, actor_kind=by.kind, actor_id=by.id, at=timezone.now()
    )
    record_about(letter, DEEDS[verb], person_id=letter.shopper.public_id, fields=fields or [], details={"status": letter.status})
