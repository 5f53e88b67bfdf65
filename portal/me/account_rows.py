"""What the page of accounts says of each account: numbers ready to print, and one sentence on what is next."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from shoppers.bank.models import BankConsent
from shoppers.bank.selectors import transaction_count
from shoppers.benefits.limits import Limit, limit_of
from shoppers.benefits.models import BenefitAccount, Kind
from shoppers.benefits.reckoning import at_risk_cents, claim_by_on, contribution_room_cents, spend_by_on

SOON_DAYS: Final = 60
ABOUT: Final = {
    Kind.HEALTH_FSA: "Pays for medicines, care and much of the pharmacy’s shelf. What is not spent in time is mostly lost.",
    Kind.LPFSA: "For teeth and eyes, beside an HSA. What is not spent in time is mostly lost.",
    Kind.DCFSA: "For the care of children and of elders while you work.",
    Kind.HSA: "Your own savings for care. It never runs out; each year has a limit for paying in.",
    Kind.HRA: "Your employer’s money for your care, by the plan’s own rules.",
}


def kinds() -> list[dict[str, str]]:
    return [{"code": kind.value, "label": kind.label, "about": ABOUT[kind]} for kind in Kind]


def benefit_row(benefit: BenefitAccount, today: date) -> dict[str, Any]:
    spend_by, claim_by, at_risk = spend_by_on(benefit), claim_by_on(benefit), at_risk_cents(benefit)
    days = (spend_by - today).days if spend_by else None
    return {
        "benefit": benefit, "public_id": benefit.public_id, "label": benefit.get_kind_display(), "administrator": benefit.administrator,
        "year": _year(benefit), "balance_cents": benefit.balance_cents, "balance_on": benefit.balance_on, "spend_by": spend_by,
        "claim_by": claim_by, "days": days, "at_risk_cents": at_risk, "room_cents": contribution_room_cents(benefit, today),
        **_state(spend_by, claim_by, days, at_risk, today),
    }  # fmt: skip


def _state(spend_by: date | None, claim_by: date | None, days: int | None, at_risk: int | None, today: date) -> dict[str, str]:
    """A word with its tone: always a word, never a colour alone."""
    if spend_by is None or days is None:
        return {"word": "No deadline", "tone": "good"}
    if days < 0:
        may_claim = claim_by is not None and claim_by >= today
        return {"word": "Only claims now" if may_claim else "Over", "tone": "warn" if may_claim else ""}
    left = "Last day" if days == 0 else f"{days} day{'s' * (days != 1)} left"
    return {"word": left, "tone": "warn" if days <= SOON_DAYS and at_risk != 0 else ""}


def _year(benefit: BenefitAccount) -> str:
    starts, ends = benefit.plan_starts_on, benefit.plan_ends_on
    if (starts.month, starts.day, ends.month, ends.day, ends.year) == (1, 1, 12, 31, starts.year):
        return str(starts.year)
    return f"{starts:%b} {starts.day}, {starts.year} to {ends:%b} {ends.day}, {ends.year}"


def limits_for(kind: str, year: int) -> list[tuple[str, Limit]]:
    """Limits of the law that help while filling the form in: label and limit."""
    named: dict[str, tuple[tuple[str, Any], ...]] = {
        Kind.HSA: (("only you", "hsa_self"), ("you and others", "hsa_family")),
        Kind.HEALTH_FSA: (("choosing", "health_fsa"), ("rolling over", "carryover")),
        Kind.LPFSA: (("choosing", "health_fsa"), ("rolling over", "carryover")),
        Kind.DCFSA: (("choosing, for a household", "dcfsa"),),
    }
    found = ((label, limit_of(what, year)) for label, what in named.get(kind, ()))
    return [(label, limit) for label, limit in found if limit]


def bank_row(consent: BankConsent) -> dict[str, Any]:
    if consent.failures:
        state = {"word": "Bank does not answer", "tone": "warn"}
    elif consent.refreshed_at is None:
        state = {"word": "Being read", "tone": ""}
    else:
        state = {"word": "Up to date", "tone": "good"}
    return {
        "consent": consent, "public_id": consent.public_id, "institution": consent.institution, "accounts": list(consent.accounts.all()),
        "payments": transaction_count(consent), "refreshed_at": consent.refreshed_at, "expires_at": consent.expires_at,
        "problem": consent.last_problem, "next_at": consent.next_refresh_at, **state,
    }  # fmt: skip
