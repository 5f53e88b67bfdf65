"""Celery doors of checkout: each calls one service and is safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from checkout.bins import age
from checkout.clearing import lateness
from checkout.clearing.take import take_folder
from checkout.disputes.packing import build_packs
from checkout.disputes.sending import send_answers
from checkout.disputes.services import tend_disputes
from checkout.disputes.take import take_dispute_folder
from checkout.letter_holds import settle
from checkout.mails import services as mails
from checkout.payment_pages import check
from checkout.refunds import settling, telling
from checkout.services import abandon, advices, release, saved_cards, tokens
from checkout.subscriptions import renewing
from common.scopes import across_merchants


@shared_task(name="checkout.send_due_advices")
@across_merchants("one outbox for all merchants")
def send_due_advices() -> int:
    try:
        return advices.send_due_advices()
    finally:
        settling.settle_answered_refunds()


@shared_task(name="checkout.write_refund_letters")
@across_merchants("writes to every merchant's shoppers")
def write_refund_letters() -> int:
    return telling.write_refund_letters()


@shared_task(name="checkout.warn_of_ageing_holds")
@across_merchants("looks at every merchant's holds")
def warn_of_ageing_holds() -> int:
    return release.warn_of_ageing_holds()


@shared_task(name="checkout.tend_letter_holds")
@across_merchants("looks at every merchant's orders that wait for a letter")
def tend_letter_holds() -> int:
    return settle.tend_letter_holds()


@shared_task(name="checkout.recover_interrupted")
@across_merchants("sweeps every merchant's interrupted sales")
def recover_interrupted() -> int:
    return release.recover_interrupted()


@shared_task(name="checkout.expire_sessions")
@across_merchants("sweeps every merchant's old sessions")
def expire_sessions() -> int:
    return release.expire_old_sessions()


@shared_task(name="checkout.tell_of_abandoned")
@across_merchants("sweeps every merchant's old sessions")
def tell_of_abandoned() -> int:
    return abandon.tell_of_abandoned()


@shared_task(name="checkout.write_sale_mails")
@across_merchants("one outbox for all merchants")
def write_sale_mails() -> int:
    return mails.write_sale_mails()


@shared_task(name="checkout.erase_card_numbers")
@across_merchants("sweeps every merchant's card numbers")
def erase_card_numbers() -> int:
    return tokens.erase_card_numbers()


@shared_task(name="checkout.reconcile_clearing")
@across_merchants("a clearing file is about every merchant")
def reconcile_clearing() -> int:
    return sum(taken.is_new for taken in take_folder(settings.CLEARING_DIR).taken)


@shared_task(name="checkout.finish_saved_cards")
@across_merchants("sweeps every merchant's card numbers")
def finish_saved_cards() -> int:
    return saved_cards.finish_saved_cards()


@shared_task(name="checkout.refresh_saved_cards")
@across_merchants("sweeps every merchant's saved cards")
def refresh_saved_cards() -> int:
    return saved_cards.refresh_saved_cards()


@shared_task(name="checkout.run_renewals")
@across_merchants("charges every merchant's due renewals")
def run_renewals() -> int:
    return renewing.run_renewals()


@shared_task(name="checkout.check_payment_pages")
@across_merchants("looks at the newest open session, whoever's it is")
def check_payment_pages() -> int:
    return len(check.check_payment_pages())


@shared_task(name="checkout.tell_of_old_card_lists")
def tell_of_old_card_lists() -> int:
    return age.tell_of_old_lists()


@shared_task(name="checkout.tell_of_late_feeds")
@across_merchants("a file is about every merchant")
def tell_of_late_feeds() -> int:
    return lateness.tell_of_late_feeds()


@shared_task(name="checkout.take_disputes")
@across_merchants("a dispute file is about every merchant")
def take_disputes() -> int:
    return take_dispute_folder(settings.DISPUTES_DIR)


@shared_task(name="checkout.build_dispute_packs")
@across_merchants("looks at every merchant's disputes")
def build_dispute_packs() -> int:
    return build_packs()


@shared_task(name="checkout.tend_disputes")
@across_merchants("looks at every merchant's disputes")
def tend_card_disputes() -> int:
    return tend_disputes() + send_answers()
