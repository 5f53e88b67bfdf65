"""What can happen to a benefit account on a shopper's list. Each deed is in the audit trail, and tells the rules by itself."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from shoppers.accounts import ShopperAccount
from shoppers.benefits.errors import BalanceInvalid, BenefitClosed, BenefitKnown
from shoppers.benefits.models import BenefitAccount, BenefitBalance
from shoppers.benefits.terms import CENTS_HIGH, Terms, check
from vault.audit.services import record_about

CENTS_LOW = -10_000_00  # a plan may show what is owed back to it
A_DAY = timedelta(days=1)  # in Guam it is tomorrow already


@transaction.atomic
def add_benefit(*, account: ShopperAccount, terms: Terms) -> BenefitAccount:
    """Put an account on the shopper's list. BenefitKnown if it stands there, so that a form sent twice adds one."""
    check(terms)
    try:
        with transaction.atomic():
            benefit = BenefitAccount.objects.create(account=account, **asdict(terms))
    except IntegrityError:
        raise BenefitKnown() from None
    record_about(benefit, "added", fields=_told(terms), details={"account": account.public_id, "kind": terms.kind})
    return benefit


@transaction.atomic
def change_benefit(*, benefit: BenefitAccount, terms: Terms) -> BenefitAccount:
    """Write what the shopper now says of it. Its balance and their history stay. Repeating changes nothing."""
    check(terms)
    kept = _locked(benefit)
    changed = [name for name, value in asdict(terms).items() if getattr(kept, name) != value]
    if not changed:
        return kept
    for name in changed:
        setattr(kept, name, getattr(terms, name))
    try:
        with transaction.atomic():
            kept.save(update_fields=changed)
    except IntegrityError:
        raise BenefitKnown() from None
    record_about(kept, "changed", fields=changed, details={"account": kept.account.public_id})
    return kept


@transaction.atomic
def record_balance(
    *, benefit: BenefitAccount, amount_cents: int, as_of: date, source: str = BenefitBalance.Source.TYPED, reference: str = ""
) -> bool:
    """Add what was left on a day to the history; the account shows the newest day's. Returns whether it was new.

    reference: what told it. The same reference again adds nothing, and neither does what the newest row says already.
    """
    if not CENTS_LOW <= amount_cents <= CENTS_HIGH:
        raise BalanceInvalid("Give what is left, up to $1,000,000.", param="amount_cents")
    if not date(2015, 1, 1) <= as_of <= timezone.now().date() + A_DAY:
        raise BalanceInvalid("Give the day on which it was so: today or before.", param="as_of")
    kept = _locked(benefit)
    if _is_known(kept, amount_cents, as_of, source, reference):
        return False
    BenefitBalance.objects.create(benefit=kept, amount_cents=amount_cents, as_of=as_of, source=source, reference=reference)
    _show_newest(kept)
    record_about(kept, "balance_told", fields=["balance_cents"], details={"account": kept.account.public_id, "source": source})
    return True


@transaction.atomic
def close_benefit(*, benefit: BenefitAccount) -> bool:
    """Take it off the list; what was told of it stays as history. Returns whether it stood there. Safe to repeat."""
    is_new = bool(BenefitAccount.objects.filter(pk=benefit.pk, closed_at=None).update(closed_at=timezone.now()))
    if is_new:
        record_about(benefit, "closed", details={"account": benefit.account.public_id})
    return is_new


def _locked(benefit: BenefitAccount) -> BenefitAccount:
    kept = BenefitAccount.objects.select_for_update().select_related(None).get(pk=benefit.pk)
    if kept.closed_at:
        raise BenefitClosed()
    return kept


def _is_known(benefit: BenefitAccount, amount_cents: int, as_of: date, source: str, reference: str) -> bool:
    if reference:
        return benefit.balances.filter(source=source, reference=reference).exists()
    newest = benefit.balances.filter(as_of=as_of).order_by("-pk").first()
    return newest is not None and newest.amount_cents == amount_cents and newest.source == source


def _show_newest(benefit: BenefitAccount) -> None:
    newest = benefit.balances.order_by("-as_of", "-pk")[0]
    BenefitAccount.objects.filter(pk=benefit.pk).update(balance_cents=newest.amount_cents, balance_on=newest.as_of)


def _told(terms: Terms) -> list[str]:
    return [name for name, value in asdict(terms).items() if value not in (None, "", False)]
