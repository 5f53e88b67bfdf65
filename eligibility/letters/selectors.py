"""What can be asked of letters."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from common.scopes import across_merchants
from eligibility.letters.states import OPEN
from eligibility.models import Clinician, Letter
from eligibility.models.letters import GIVEN_UP
from merchants.models import Merchant
from people.models import User
from shoppers.accounts import ShopperAccount
from shoppers.models import Shopper

SHOWN = 200
COVER = ("public_id", "merchant_id", "categories", "items", "issued_on", "expires_on")


def sale_day(merchant: Merchant, at: datetime) -> date:
    """The date of a sale, as the receipt will show it: in the seller's zone."""
    return timezone.localdate(at, merchant.zone)


def letters_in_force(merchant: Merchant, shopper: Shopper, at: datetime) -> QuerySet[Letter]:
    """The shopper's letters that cover a purchase at this moment, newest first. The dates decide, whether or not the sweeper has been by."""
    day = sale_day(merchant, at)
    return Letter.objects.filter(
        merchant=merchant, shopper=shopper, status=Letter.Status.ISSUED, issued_on__lte=day, expires_on__gte=day
    ).order_by("-pk")


def status_on(letter: Letter, day: date) -> str:
    """The letter's state on that day: an issued one is expired from the day after its last, also while the sweeper is late."""
    if letter.status == Letter.Status.ISSUED and letter.expires_on and letter.expires_on < day:
        return Letter.Status.EXPIRED
    return letter.status


def amendment_of(letter: Letter) -> Letter | None:
    """The letter that replaces this one, or will when it is signed."""
    return Letter.objects.filter(supersedes=letter).exclude(status__in=GIVEN_UP).first()


def letters_of(merchant: Merchant) -> QuerySet[Letter]:
    return Letter.objects.filter(merchant=merchant).select_related("merchant", "shopper", "supersedes")


def letter_for(merchant: Merchant, public_id: str) -> Letter:
    """The merchant's letter; another merchant's id is a 404."""
    return get_object_or_404(letters_of(merchant), public_id=public_id)


def clinician_of(user: User) -> Clinician | None:
    """The licence under which this person signs, if somebody of the house has confirmed one."""
    return Clinician.objects.filter(user=user, is_active=True).first()


def waiting() -> QuerySet[Letter]:
    """Nobody's yet, oldest first. Lists show no more of them than age, store and kind."""
    return Letter.objects.filter(status=Letter.Status.REQUESTED).select_related("merchant").order_by("requested_at", "pk")


def reviewed_by(user: User) -> QuerySet[Letter]:
    return Letter.objects.filter(reviewer=user).select_related("merchant", "shopper", "supersedes")


def open_of(user: User) -> QuerySet[Letter]:
    """What this clinician has taken up and not decided, oldest first."""
    return reviewed_by(user).filter(status__in=OPEN).order_by("requested_at")


def letter_of_reviewer(user: User, public_id: str) -> Letter:
    """The letter, for the clinician who took it up; for everybody else there is none."""
    return get_object_or_404(reviewed_by(user), public_id=public_id)


@across_merchants("a shopper's own letters, wherever they were asked for")
def letters_of_account(account: ShopperAccount) -> list[Letter]:
    rows = Letter.objects.filter(shopper__account=account).select_related("merchant", "shopper").order_by("-pk")
    return list(rows[:SHOWN])


@across_merchants("a shopper's own letter, wherever it was asked for")
def letter_of_account(account: ShopperAccount, public_id: str) -> Letter:
    rows = Letter.objects.filter(shopper__account=account).select_related("merchant", "shopper", "supersedes")
    return get_object_or_404(rows, public_id=public_id)


@across_merchants("the mail that tells of a letter names it, and its shopper alone may keep it")
def letter_shopper(public_id: str) -> Shopper | None:
    """Whose letter it is; None if there is none."""
    row = Letter.objects.select_related("shopper__merchant").filter(public_id=public_id).first()
    return row.shopper if row else None
