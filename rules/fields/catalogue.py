"""Every field that a rule may ask for. A name is never used anew: a field that ends is retired, as old rules name it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from rules.fields.types import EVERYBODY, MERCHANT, PERSON, SHOPPERS, Field, FieldType

CENTS_HIGH: Final = 100_000_000_00  # a hundred million dollars: more is broken data
DAYS_HIGH: Final = 36_525  # a hundred years

KINDS: Final = {"person": "person", "shopper": "shopper at one merchant", "merchant": "merchant"}
ACCOUNT_KINDS: Final = {
    "health_fsa": "health FSA",
    "lpfsa": "limited-purpose FSA",
    "dcfsa": "dependent care FSA",
    "hsa": "HSA",
    "hra": "HRA",
}
BUCKETS: Final = {"otc": "over the counter", "rx": "prescription", "vision": "vision", "dental": "dental", "clinic": "clinic"}
CHANNELS: Final = {"online": "online", "pos": "at a till"}
DECLINES: Final = {
    "funds": "not enough money",
    "merchant": "not allowed at this merchant",
    "card": "card expired or blocked",
    "other": "another reason",
}


def _cents(name: str, label: str, meaning: str, group: str, audiences: Any = SHOPPERS, **more: Any) -> Field:
    return Field(name, label, "cents", meaning, group, audiences, unit="cents", **{"high": CENTS_HIGH, **more})


def _count(name: str, label: str, meaning: str, group: str, audiences: Any = SHOPPERS, **more: Any) -> Field:
    return Field(name, label, "integer", meaning, group, audiences, **{"high": 1_000_000, "missing": "zero", **more})


def _date(name: str, label: str, meaning: str, group: str, audiences: Any = SHOPPERS, **more: Any) -> Field:
    return Field(name, label, "date", meaning, group, audiences, unit="date", low=-DAYS_HIGH, high=DAYS_HIGH, **more)


def _of(type: FieldType) -> Any:
    def make(name: str, label: str, meaning: str, group: str, audiences: Any = SHOPPERS, **more: Any) -> Field:
        return Field(name, label, type, meaning, group, audiences, **more)

    return make


_flag, _text, _set, _number = _of("flag"), _of("text"), _of("set"), _of("number")

ACCOUNTS, DEADLINES, PURCHASES, LETTERS = "Benefit accounts", "Deadlines", "Purchases", "Letters"
CLAIMS, BANK, SNOOPS, STORE, WHO = "Claims", "Linked bank accounts", "Snoops", "Store", "Who it is"

FIELDS: Final[tuple[Field, ...]] = (
    _text("customer_kind", "kind of customer", "A person with an account, a shopper at one merchant, or a merchant.", WHO, EVERYBODY, choices=KINDS),
    _date("known_since_on", "first day as a customer", "The day of the account; of a shopper's first purchase, or else of the day on which the merchant named them; or of the merchant's contract.", WHO, EVERYBODY),

    _text("main_account_kind", "main benefit account", "The kind of benefit account with the largest balance.", ACCOUNTS, PERSON, choices=ACCOUNT_KINDS),
    _set("account_kinds", "kinds of benefit accounts", "Every kind of benefit account that can be spent from today.", ACCOUNTS, PERSON, choices=ACCOUNT_KINDS, elements="account kind", missing="zero"),
    _cents("health_fsa_balance_cents", "health FSA balance", "What is left in the health FSA of the running plan year; in last year's while its grace period runs and it is not empty.", ACCOUNTS, PERSON),
    _cents("health_fsa_election_cents", "health FSA election", "What was elected for the plan year.", ACCOUNTS, PERSON),
    _cents("health_fsa_carryover_cents", "health FSA carry-over limit", "What the plan lets roll over into the next year; 0 where it lets nothing.", ACCOUNTS, PERSON),
    _cents("health_fsa_at_risk_cents", "health FSA money at risk", "What is lost at the deadline if nothing more is spent: the balance less what plan and law let roll over.", ACCOUNTS, PERSON),
    _cents("lpfsa_balance_cents", "limited-purpose FSA balance", "What is left for dental and vision.", ACCOUNTS, PERSON),
    _cents("dcfsa_balance_cents", "dependent care FSA balance", "What is left for child and elder care.", ACCOUNTS, PERSON),
    _cents("hsa_balance_cents", "HSA balance", "What is in the HSA.", ACCOUNTS, PERSON),
    _cents("hsa_room_cents", "HSA contribution room", "What may still be paid in for this year, by the limit that applies; unknown where what was paid in is.", ACCOUNTS, PERSON),
    _cents("hra_balance_cents", "HRA balance", "What is left in the HRA.", ACCOUNTS, PERSON),
    _date("balance_known_on", "day the balances are from", "The day of the oldest balance that is counted here.", ACCOUNTS, PERSON),

    _date("health_fsa_spend_by_on", "last day to spend the health FSA", "The last day for spending: end of the plan year, or of its grace period.", DEADLINES, PERSON),
    _date("health_fsa_claim_by_on", "last day to claim from the health FSA", "The last day for claims: end of the run-out, if it is known; of two plans, the sooner.", DEADLINES, PERSON),
    _date("lpfsa_spend_by_on", "last day to spend the limited-purpose FSA", "The last day for spending it.", DEADLINES, PERSON),
    _date("dcfsa_spend_by_on", "last day to spend the dependent care FSA", "The last day for spending it.", DEADLINES, PERSON),

    _date("first_purchase_on", "first purchase", "The day of the first captured sale.", PURCHASES),
    _date("last_purchase_on", "last purchase", "The day of the newest captured sale.", PURCHASES),
    _count("purchases_30d", "purchases in 30 days", "Captured sales of the last 30 days, today included.", PURCHASES),
    _count("purchases_365d", "purchases in a year", "Captured sales of the last 365 days.", PURCHASES),
    _cents("spend_30d_cents", "spending in 30 days", "All captured money of the last 30 days.", PURCHASES, missing="zero"),
    _cents("spend_90d_cents", "spending in 90 days", "All captured money of the last 90 days.", PURCHASES, missing="zero"),
    _cents("spend_365d_cents", "spending in a year", "All captured money of the last 365 days.", PURCHASES, missing="zero"),
    _cents("eligible_spend_90d_cents", "eligible spending in 90 days", "Captured money for eligible lines of the last 90 days, whole lines with tax and shipping.", PURCHASES, missing="zero"),
    _cents("eligible_spend_365d_cents", "eligible spending in a year", "Captured money for eligible lines of the last 365 days.", PURCHASES, missing="zero"),
    _cents("benefit_spend_365d_cents", "benefit card spending in a year", "Captured on benefit cards in the last 365 days.", PURCHASES, missing="zero"),
    _cents("otc_spend_365d_cents", "over-the-counter spending in a year", "Eligible lines of the bucket otc, last 365 days.", PURCHASES, missing="zero"),
    _cents("vision_spend_365d_cents", "vision spending in a year", "Eligible lines of the bucket vision, last 365 days.", PURCHASES, missing="zero"),
    _cents("dental_spend_365d_cents", "dental spending in a year", "Eligible lines of the bucket dental, last 365 days.", PURCHASES, missing="zero"),
    _cents("letter_spend_365d_cents", "spending that needs a letter in a year", "Lines of the last 365 days that were eligible only with a letter or prescription, paid on another card.", PURCHASES, missing="zero"),
    _date("last_otc_on", "last over-the-counter purchase", "The newest eligible line of the bucket otc.", PURCHASES),
    _date("last_vision_on", "last vision purchase", "The newest eligible line of the bucket vision.", PURCHASES),
    _date("last_dental_on", "last dental purchase", "The newest eligible line of the bucket dental.", PURCHASES),
    _count("repeat_items", "items bought again and again", "Eligible items bought on at least two days of the last 365.", PURCHASES),
    _count("refill_gap_days", "gap between refills", "The middle gap between the days on which the item that is bought on most days was bought; of two middle ones the shorter.", PURCHASES, unit="days", missing="unknown"),
    _date("next_refill_on", "next refill", "When the item bought most often is due again: its last purchase and the middle gap.", PURCHASES),
    _cents("refill_price_cents", "price of the usual refill", "What the item bought most often cost the last time.", PURCHASES),
    _cents("cheaper_saving_cents", "saving by a cheaper product", "For something bought in the last 90 days: what the cheapest eligible product of its category at the same merchant costs less a piece.", PURCHASES),
    _count("declines_90d", "declined benefit cards in 90 days", "Declined tenders on benefit cards of the last 90 days.", PURCHASES),
    _count("partial_approvals_90d", "partial approvals in 90 days", "Benefit tenders approved for less than was asked, last 90 days.", PURCHASES),
    _text("last_decline", "last decline", "Why the newest declined benefit card was declined.", PURCHASES, choices=DECLINES),
    _text("main_channel", "where they buy", "Where most sales of the last 365 days were made; online where as many were.", PURCHASES, choices=CHANNELS),
    _text("main_bucket", "what they mostly buy", "The bucket with the most eligible spending of the last 365 days.", PURCHASES, choices=BUCKETS),
    _set("categories_90d", "categories bought in 90 days", "Categories of the lines of the last 90 days.", PURCHASES, elements="category", missing="zero"),
    _set("categories_365d", "categories bought in a year", "Categories of the lines of the last 365 days.", PURCHASES, elements="category", missing="zero"),
    _set("merchants_365d", "merchants bought at in a year", "Where captured sales of the last 365 days were made.", PURCHASES, elements="merchant", missing="zero"),

    _count("letters_active", "letters in force", "Letters of medical necessity in force.", LETTERS),
    _count("letters_waiting", "letters asked for", "Letters that wait for a clinician or an answer.", LETTERS),
    _date("letter_expires_on", "next expiry of a letter", "When the first letter in force ends.", LETTERS),

    _count("claims_open", "open claims", "Claims that are drafted or sent and not decided.", CLAIMS, PERSON),
    _count("claims_waiting_for_you", "claims that wait for the customer", "Claims whose administrator asked for more.", CLAIMS, PERSON),
    _cents("claimable_cents", "money to claim back", "Eligible lines of the last 365 days paid on an ordinary card and in no claim.", CLAIMS, missing="zero"),
    _date("oldest_claimable_on", "oldest purchase to claim", "The day of the oldest of these purchases.", CLAIMS),
    _cents("claims_paid_365d_cents", "payout on claims in a year", "What administrators paid on claims in the last 365 days.", CLAIMS, PERSON, missing="zero"),
    _date("last_claim_on", "last claim", "The day on which the newest claim was sent.", CLAIMS, PERSON),

    _flag("bank_linked", "has a linked bank account", "There is a consent in force to read a bank account.", BANK, PERSON, missing="zero"),
    _date("bank_consent_expires_on", "end of the bank consent", "When the consent to read the bank account ends.", BANK, PERSON),
    _cents("bank_balance_cents", "bank balance", "Available money of the linked current accounts.", BANK, PERSON, low=-CENTS_HIGH),
    _cents("bank_medical_90d_cents", "medical spending by bank card", "Payments to pharmacies, doctors and the like of the last 90 days, by merchant category code.", BANK, PERSON),
    _count("bank_medical_visits_90d", "medical payments by bank card", "How many these payments are.", BANK, PERSON, missing="unknown"),
    _count("subscriptions", "subscriptions", "Payments that come back every month or year at one payee.", BANK, PERSON, missing="unknown"),
    _count("duplicate_subscriptions", "duplicate subscriptions", "Subscriptions of one kind at more than one payee, or twice at one.", BANK, PERSON, missing="unknown"),
    _cents("duplicate_subscription_cents", "cost of duplicate subscriptions", "What the dearer half of these costs a month.", BANK, PERSON),

    _count("snoops_seen_30d", "Snoops seen in 30 days", "Different hints that the customer saw in the last 30 days.", SNOOPS, EVERYBODY),
    _count("snoops_dismissed_90d", "Snoops dismissed in 90 days", "Different hints that the customer waved away in the last 90 days, and did not take back.", SNOOPS, EVERYBODY),
    _count("snoops_acted_90d", "Snoops acted on in 90 days", "Different hints that the customer followed in the last 90 days.", SNOOPS, EVERYBODY),
    _date("last_acted_on", "last day of acting on a Snoop", "The day on which the customer last followed a hint.", SNOOPS, EVERYBODY),

    _cents("store_sales_30d_cents", "value of sales in 30 days", "The merchant's captured sales of the last 30 days.", STORE, MERCHANT, missing="zero"),
    _cents("store_sales_before_cents", "value of sales in the 30 days before", "The merchant's captured sales of the 30 days before the last 30.", STORE, MERCHANT, missing="zero"),
    _cents("store_benefit_30d_cents", "value of benefit card sales in 30 days", "What benefit cards paid of the last 30 days' sales.", STORE, MERCHANT, missing="zero"),
    _cents("store_balance_cents", "balance", "What the platform owes the merchant now.", STORE, MERCHANT, low=-CENTS_HIGH),
    _number("store_decline_percent_30d", "share of declined payments", "Share of the last 30 days' payments that failed.", STORE, MERCHANT, unit="%", high=100),
    _number("store_eligible_percent_30d", "eligible share of sales", "Share of the last 30 days' captured money that a benefit card could have paid at most.", STORE, MERCHANT, unit="%", high=100),
    _count("store_products", "products", "Products in the catalogue.", STORE, MERCHANT),
    _count("store_unknown_products", "undecided products", "Products whose eligibility nobody knows.", STORE, MERCHANT),
    _count("store_letter_products", "products that need a letter", "Products eligible only with a letter or prescription.", STORE, MERCHANT),
    _cents("store_left_on_table_30d_cents", "eligible money on other cards", "What benefit cards could have paid of the last 30 days' sales and did not.", STORE, MERCHANT, missing="zero"),
    _date("store_last_sale_on", "last sale", "The day of the newest captured sale.", STORE, MERCHANT),
    _flag("store_webhooks_failing", "webhooks failing", "An endpoint of the merchant's fails, or was switched off for failing.", STORE, MERCHANT, missing="zero"),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Field]] = MappingProxyType({each.name: each for each in FIELDS})


def field_named(name: str) -> Field | None:
    return BY_NAME.get(name)
