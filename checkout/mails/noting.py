"""Noting, with the fact itself, that a mail is to be written."""

from __future__ import annotations

from django.utils import timezone

from checkout.models import CheckoutSession, SaleMail


def note_receipt_mail(session: CheckoutSession) -> None:
    """The sale's receipt is to be mailed, if its shopper gave an address. In the transaction of the capture."""
    if session.shopper_id is not None:
        mail = SaleMail(merchant_id=session.merchant_id, session=session, kind=SaleMail.Kind.RECEIPT, due_at=timezone.now())
        SaleMail.objects.bulk_create([mail], ignore_conflicts=True)
