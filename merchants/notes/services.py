from __future__ import annotations

from django.db import transaction

from common.card_numbers import hide_card_numbers
from merchants.errors import NoteRefused
from merchants.models import Merchant
from merchants.notes.models import MerchantNote
from people.models import User
from people.roles import AUDITOR, RISK, SUPPORT, has_role
from vault.audit.services import record_about

LONGEST = 4000


@transaction.atomic
def write_note(*, by: User, merchant: Merchant, body: str, is_pinned: bool = False) -> MerchantNote:
    """Write a note for the staff, for ever. Whatever looks like a card number is blotted out."""
    words = hide_card_numbers(body.replace("\x00", "").strip())
    if not has_role(by, SUPPORT, RISK, AUDITOR):
        raise NoteRefused("Only the platform's people write notes.")
    if not 0 < len(words) <= LONGEST:
        raise NoteRefused(f"A note has 1 to {LONGEST} characters.", param="body")
    note = MerchantNote.objects.create(merchant=merchant, author=by, body=words, is_pinned=is_pinned)
    record_about(note, "written", details={"pinned": is_pinned})
    return note


@transaction.atomic
def pin_note(*, by: User, note: MerchantNote, is_pinned: bool) -> None:
    """Put a note on top, or take it from there. Safe to repeat."""
    if not has_role(by, SUPPORT, RISK):
        raise NoteRefused("Only support and risk pin notes.")
    if MerchantNote.objects.filter(pk=note.pk, is_pinned=not is_pinned).update(is_pinned=is_pinned):
        record_about(note, "pinned" if is_pinned else "unpinned")
