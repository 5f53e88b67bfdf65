"""Noting what is to be written to a shopper, and putting it in the post once it is due."""

from __future__ import annotations

import hashlib

from django.db import transaction
from django.utils import timezone

from checkout.errors import ReminderRefused
from checkout.mails.texts import receipt_mail, reminder_mail
from checkout.models import CheckoutSession, SaleMail
from checkout.selectors import current_payment
from common.api.rate_limit import KeyThrottle
from common.mail import is_address
from merchants.branding.selectors import looks_of
from people.letters import send_letter
from vault.audit.services import record_about
from vault.errors import MerchantKeyRevoked

MOST_A_RUN = 200
DAY_S = 86_400
RECEIPT, REMINDER = SaleMail.Kind.RECEIPT, SaleMail.Kind.REMINDER


@transaction.atomic
def ask_for_reminder(*, session: CheckoutSession, email: str, wants: bool) -> None:
    """Note that the shopper wants one e-mail if they leave this sale unpaid, or no longer does. Safe to repeat.

    Only where the merchant offers it, and only while the sale is open. Nothing is sent now: whoever typed the address ticked
    the box as well, and an address that is taken back is erased.
    """
    if not wants:
        taken_back = SaleMail.objects.filter(session=session, kind=REMINDER, closed_at=None).delete()[0]
        if taken_back:
            record_about(session, "reminder_taken_back")
        return
    if session.status != CheckoutSession.Status.OPEN or session.is_over or not looks_of(session.merchant).mails_reminders:
        raise ReminderRefused()
    if not is_address(email):
        raise ReminderRefused("This address is not complete.", param="email")
    mail, is_new = SaleMail.objects.get_or_create(
        session=session, kind=REMINDER, defaults={"merchant_id": session.merchant_id, "address": email}
    )
    if not is_new and mail.closed_at is None:
        mail.address = email
        mail.save(update_fields=["address"])
    if is_new:
        record_about(session, "reminder_asked_for")


def write_sale_mails() -> int:
    """Put what is due in the post; returns how many mails. Safe to repeat and beside itself."""
    due = SaleMail.objects.filter(closed_at=None, due_at__lte=timezone.now()).order_by("due_at").values_list("pk", flat=True)
    return sum(_write_one(pk) for pk in due[:MOST_A_RUN])


@transaction.atomic
def _write_one(pk: int) -> bool:
    """Closed in the transaction that puts it in the post, so that it is there once."""
    rows = SaleMail.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, closed_at=None)
    mail = rows.select_related("session__shopper", "merchant").first()
    if mail is None:
        return False
    try:
        outcome = _post(mail)
    except MerchantKeyRevoked:  # nothing can open the address
        outcome = SaleMail.Outcome.NO_ADDRESS
    SaleMail.objects.filter(pk=pk).update(closed_at=timezone.now(), outcome=outcome, address=None)
    return outcome == SaleMail.Outcome.POSTED


def _may_remind(merchant_id: int, address: str) -> bool:
    """One reminder a day from a store to an address: anybody may type anybody's, in as many sales as they like."""
    whose = hashlib.sha256(address.strip().lower().encode()).hexdigest()
    return KeyThrottle().allow(f"reminder:{merchant_id}:{whose}", per_s=1 / DAY_S, burst=1)


def _post(mail: SaleMail) -> SaleMail.Outcome:
    session, looks = mail.session, looks_of(mail.merchant)
    is_receipt = mail.kind == RECEIPT
    if not (looks.mails_receipts if is_receipt else looks.mails_reminders):
        return SaleMail.Outcome.UNWANTED
    if not is_receipt and (session.status != CheckoutSession.Status.OPEN or session.is_over):
        return SaleMail.Outcome.NOT_DUE
    address = str((session.shopper.email if session.shopper else "") if is_receipt else mail.address or "")
    if not is_address(address):
        return SaleMail.Outcome.NO_ADDRESS
    if not is_receipt:
        if not _may_remind(mail.merchant_id, address):
            return SaleMail.Outcome.TOO_MANY
        send_letter(to=address, **reminder_mail(session, looks))
        return SaleMail.Outcome.POSTED
    payment = current_payment(session)
    if payment is None or not hasattr(payment, "receipt"):
        return SaleMail.Outcome.NOT_DUE
    send_letter(to=address, **receipt_mail(payment, looks))
    return SaleMail.Outcome.POSTED
