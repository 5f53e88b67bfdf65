"""What is known of made-up customers: drawn by the database from a few hidden traits, so that fields go together as in life.

Who is well spends little at the chemist's; who earns more has an HSA; who buys often refills; who likes hints follows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.db import connection

from eligibility.taxonomy import taxonomy
from merchants.models import Merchant
from rules.fields.catalogue import FIELDS

# Uniform in 0…1: pay, ill, keen (on hints), bank (linked), luck, plan (which accounts); u1…u8 are noise.
_TRAITS: Final = ("pay", "ill", "keen", "bank", "luck", "plan", *(f"u{n}" for n in range(1, 9)))
_DRAWN: Final[Mapping[str, str]] = {
    "buys": "floor(60 * power(ill, 2.2) + 3 * u1 + CASE WHEN plan < 0.6 THEN 4 * u2 ELSE 0 END)",  # purchases a year
    "basket": "floor(1500 + 5500 * pay * pay + 2500 * u3)",  # cents
    "has_fsa": "(is_person AND plan < 0.55)",
    "has_lpfsa": "(is_person AND plan BETWEEN 0.55 AND 0.68)",
    "has_dcfsa": "(is_person AND u4 < 0.12)",
    "has_hsa": "(is_person AND plan BETWEEN 0.52 AND 0.9 AND pay > 0.25)",
    "has_hra": "(is_person AND plan > 0.93)",
    "linked": "(is_person AND bank < 0.35)",
    "is_calendar": "(u5 < 0.75)",  # most plan years are calendar years
}
_THEN: Final[Mapping[str, str]] = {
    "spent": "(buys * basket)::bigint",
    "in_90": "floor(buys * (0.15 + 0.2 * u6))",
    "in_30": "floor(buys * 0.1 * u7)",
    "spend_by": "CASE WHEN is_calendar THEN make_date(extract(year FROM today)::int, 12, 31) ELSE today + (365 * u5)::int END",
    "election": "(round((300 + 3100 * pay) / 50) * 5000)::bigint",
    "since": "today - (20 + 1500 * luck)::int",
    "share": "(0.45 + 0.5 * ill)",  # of the spending is eligible
}
_LEFT: Final = "(election * power(u8, 1.5) * (0.2 + 0.8 * greatest(0, spend_by - today) / 365.0))::bigint"
_CARRY: Final = "CASE WHEN luck < 0.45 THEN least(68000, election / 5) ELSE 0 END"
_SOME: Final = (
    "ARRAY(SELECT DISTINCT (%(categories)s::varchar[])[1 + (floor(ill * 977) + n * n * 7)::int %% %(many)s]"
    " FROM generate_series(1, least({count})::int) n ORDER BY 1)"
)

# Field -> SQL over the traits. What a customer's kind is not asked stays missing.
VALUES: Final[Mapping[str, str]] = {
    "customer_kind": "kind",
    "known_since_on": "since",
    "main_account_kind": "CASE WHEN has_hsa AND pay > 0.6 THEN 'hsa' WHEN has_fsa THEN 'health_fsa' WHEN has_hsa THEN 'hsa'"
    " WHEN has_lpfsa THEN 'lpfsa' WHEN has_hra THEN 'hra' WHEN has_dcfsa THEN 'dcfsa' END",
    "account_kinds": "array_remove(ARRAY[CASE WHEN has_dcfsa THEN 'dcfsa' END, CASE WHEN has_fsa THEN 'health_fsa' END,"
    " CASE WHEN has_hra THEN 'hra' END, CASE WHEN has_hsa THEN 'hsa' END, CASE WHEN has_lpfsa THEN 'lpfsa' END], NULL)",
    "health_fsa_balance_cents": f"CASE WHEN has_fsa THEN {_LEFT} END",
    "health_fsa_election_cents": "CASE WHEN has_fsa THEN election END",
    "health_fsa_carryover_cents": f"CASE WHEN has_fsa THEN {_CARRY} END",
    "health_fsa_at_risk_cents": f"CASE WHEN has_fsa THEN greatest(0, {_LEFT} - {_CARRY}) END",
    "lpfsa_balance_cents": f"CASE WHEN has_lpfsa THEN {_LEFT} / 2 END",
    "dcfsa_balance_cents": "CASE WHEN has_dcfsa THEN (500000 * u7)::bigint END",
    "hsa_balance_cents": "CASE WHEN has_hsa THEN (50000 + 2500000 * power(u6, 3) * (0.3 + pay))::bigint END",
    "hsa_room_cents": "CASE WHEN has_hsa THEN (440000 * (1 - pay * u3))::bigint END",
    "hra_balance_cents": "CASE WHEN has_hra THEN (220000 * u8)::bigint END",
    "balance_known_on": "CASE WHEN has_fsa OR has_lpfsa OR has_dcfsa OR has_hsa OR has_hra THEN today - (90 * power(u7, 2))::int END",
    "health_fsa_spend_by_on": "CASE WHEN has_fsa THEN spend_by END",
    "health_fsa_claim_by_on": "CASE WHEN has_fsa AND luck > 0.1 THEN spend_by + 90 END",
    "lpfsa_spend_by_on": "CASE WHEN has_lpfsa THEN spend_by END",
    "dcfsa_spend_by_on": "CASE WHEN has_dcfsa THEN spend_by END",
    "first_purchase_on": "CASE WHEN buys > 0 THEN since + (u3 * 20)::int END",
    "last_purchase_on": "CASE WHEN buys > 0 THEN greatest(since + 20, today - (365 * power(u7, 2) / (1 + buys / 6))::int) END",
    "purchases_30d": "in_30",
    "purchases_365d": "buys",
    "spend_30d_cents": "(in_30 * basket)::bigint",
    "spend_90d_cents": "(in_90 * basket)::bigint",
    "spend_365d_cents": "spent",
    "eligible_spend_90d_cents": "(in_90 * basket * share)::bigint",
    "eligible_spend_365d_cents": "(spent * share)::bigint",
    "benefit_spend_365d_cents": "CASE WHEN plan < 0.9 THEN (spent * share * 0.8 * u2)::bigint ELSE 0 END",
    "otc_spend_365d_cents": "(spent * share * 0.6 * u4)::bigint",
    "vision_spend_365d_cents": "CASE WHEN u5 > 0.6 THEN (9000 + 30000 * pay * u6)::bigint ELSE 0 END",
    "dental_spend_365d_cents": "CASE WHEN u6 > 0.7 THEN (4000 + 20000 * u5)::bigint ELSE 0 END",
    "letter_spend_365d_cents": "CASE WHEN ill > 0.7 AND u1 < 0.4 THEN (spent * 0.1)::bigint ELSE 0 END",
    "last_otc_on": "CASE WHEN buys > 1 THEN today - (300 * u7 / (1 + buys / 8))::int END",
    "last_vision_on": "CASE WHEN u5 > 0.6 THEN today - (500 * u2)::int END",
    "last_dental_on": "CASE WHEN u6 > 0.7 THEN today - (400 * u3)::int END",
    "repeat_items": "floor(buys / 9)",
    "refill_gap_days": "CASE WHEN buys >= 9 THEN (20 + 80 * u2)::int END",
    "next_refill_on": "CASE WHEN buys >= 9 THEN today + (60 * u3 - 15)::int END",
    "refill_price_cents": "CASE WHEN buys >= 9 THEN (600 + basket * 0.5 * u4)::bigint END",
    "cheaper_saving_cents": "CASE WHEN buys > 3 AND u8 < 0.35 THEN (50 + 900 * u1)::bigint END",
    "declines_90d": "CASE WHEN luck < 0.06 THEN (1 + 3 * u1)::int ELSE 0 END",
    "partial_approvals_90d": "CASE WHEN luck < 0.1 AND in_90 > 1 THEN 1 ELSE 0 END",
    "last_decline": "CASE WHEN luck < 0.06 THEN (ARRAY['funds', 'funds', 'merchant', 'card', 'other'])[1 + floor(4.999 * u2)::int] END",
    "main_channel": "CASE WHEN buys > 0 THEN CASE WHEN u6 < 0.7 THEN 'online' ELSE 'pos' END END",
    "main_bucket": "CASE WHEN buys > 0 THEN CASE WHEN u4 < 0.7 THEN 'otc' WHEN u4 < 0.8 THEN 'vision' WHEN u4 < 0.88 THEN 'dental'"
    " WHEN u4 < 0.96 THEN 'rx' ELSE 'clinic' END END",
    "categories_90d": _SOME.format(count="in_90, 5"),
    "categories_365d": _SOME.format(count="buys, 9"),
    "merchants_365d": "CASE WHEN buys > 0 THEN (%(merchants)s::varchar[])[1 : CASE WHEN is_person THEN 1 + floor(2.999 * u5)::int ELSE 1 END]"
    " ELSE '{}' END",
    "letters_active": "CASE WHEN ill > 0.75 AND u2 < 0.5 THEN 1 ELSE 0 END",
    "letters_waiting": "CASE WHEN ill > 0.75 AND u2 BETWEEN 0.5 AND 0.55 THEN 1 ELSE 0 END",
    "letter_expires_on": "CASE WHEN ill > 0.75 AND u2 < 0.5 THEN today + (365 * u1)::int END",
    "claims_open": "CASE WHEN keen > 0.8 THEN floor(3 * u4) ELSE 0 END",
    "claims_waiting_for_you": "CASE WHEN keen > 0.8 AND u4 > 0.8 THEN 1 ELSE 0 END",
    "claimable_cents": "CASE WHEN keen < 0.8 THEN (spent * share * 0.3 * u1)::bigint ELSE 0 END",
    "oldest_claimable_on": "CASE WHEN keen < 0.8 AND buys > 0 THEN today - (364 * u4)::int END",
    "claims_paid_365d_cents": "CASE WHEN keen > 0.7 THEN (spent * 0.2)::bigint ELSE 0 END",
    "last_claim_on": "CASE WHEN keen > 0.7 THEN today - (200 * u3)::int END",
    "bank_linked": "linked",
    "bank_consent_expires_on": "CASE WHEN linked THEN today + (180 * u2)::int END",
    "bank_balance_cents": "CASE WHEN linked THEN (600000 * pay * (0.2 + u7) - 20000 * u1)::bigint END",
    "bank_medical_90d_cents": "CASE WHEN linked THEN (60000 * ill * ill * u3)::bigint END",
    "bank_medical_visits_90d": "CASE WHEN linked THEN floor(6 * ill * ill * u3) END",
    "subscriptions": "CASE WHEN linked THEN floor(8 * u4) END",
    "duplicate_subscriptions": "CASE WHEN linked THEN CASE WHEN u4 > 0.7 THEN floor(1 + 1.5 * u5) ELSE 0 END END",
    "duplicate_subscription_cents": "CASE WHEN linked THEN CASE WHEN u4 > 0.7 THEN (900 + 2000 * u6)::bigint ELSE 0 END END",
    "snoops_seen_30d": "floor(12 * keen * u5)",
    "snoops_dismissed_90d": "floor(5 * (1 - keen) * u6)",
    "snoops_acted_90d": "floor(3 * keen * keen * u7)",
    "last_acted_on": "CASE WHEN 3 * keen * keen * u7 >= 1 THEN today - (89 * u8)::int END",
}


def write_features(today: date) -> int:
    """Draw what is known of every made-up customer of whom nothing is; returns how many. `setseed` beforehand repeats a draw."""
    eligible = [category.code for category in taxonomy().categories if category.status == "eligible"]
    merchants = list(Merchant.objects.order_by("pk").values_list("public_id", flat=True)[:20])
    params: dict[str, Any] = {"today": today, "categories": eligible, "many": len(eligible), "merchants": merchants}
    with connection.cursor() as cursor:
        cursor.execute(_statement(), params)
        return int(cursor.rowcount)


def _statement() -> str:
    asked = {field.name: field.audiences for field in FIELDS}
    columns = ", ".join(VALUES)
    values = ", ".join(
        f"({sql})" if "shopper" in asked[name] else f"CASE WHEN is_person THEN {sql} END" for name, sql in VALUES.items()
    )
    traits = ", ".join(f"random() AS {name}" for name in _TRAITS)
    drawn, then = (", ".join(f"{sql} AS {name}" for name, sql in each.items()) for each in (_DRAWN, _THEN))
    # OFFSET 0 keeps the planner from drawing a trait anew wherever it is read.
    return f"""
        INSERT INTO rules_customerfeatures (customer_id, as_of_on, computed_at, fault, {columns})
        SELECT id, today, now(), '', {values} FROM (
            SELECT *, {then} FROM (
                SELECT *, {drawn} FROM (
                    SELECT c.id, c.kind, c.kind = 'person' AS is_person, %(today)s::date AS today, {traits}
                      FROM (SELECT id, kind FROM rules_customer c WHERE c.is_made_up
                               AND NOT EXISTS (SELECT 1 FROM rules_customerfeatures f WHERE f.customer_id = c.id) ORDER BY id) c
                    OFFSET 0) a OFFSET 0) b OFFSET 0) c
    """  # our own text  # nosec B608
