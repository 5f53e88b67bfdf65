"""Made-up rules and customers of a realistic shape, the same for the same seed: what the rules' benchmarks work on."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from rules.definition.parse import leaf_count, parse
from rules.engine.packing import Packer
from rules.engine.plan import Plan
from rules.engine.ruleset import RuleEntry, RuleSet
from rules.fields.catalogue import BY_NAME

TODAY: Final = date(2026, 11, 22)
CATEGORIES: Final = (
    *("pain_relief", "allergy", "first_aid", "contact_lenses", "glasses", "sunscreen", "thermometers", "bandages"),
    *("dental_care", "cold_and_flu", "skin_care", "period_care", "baby_care", "supports", "tests"),
)
ACCOUNTS: Final = ("health_fsa", "lpfsa", "dcfsa", "hsa", "hra")
CENTS: Final = (
    *("health_fsa_balance_cents", "health_fsa_at_risk_cents", "lpfsa_balance_cents", "hsa_balance_cents", "hsa_room_cents"),
    *("spend_30d_cents", "spend_90d_cents", "eligible_spend_90d_cents", "eligible_spend_365d_cents", "otc_spend_365d_cents"),
    *("vision_spend_365d_cents", "claimable_cents", "cheaper_saving_cents"),
)
COUNTS: Final = ("purchases_30d", "purchases_365d", "declines_90d", "letters_active")
DAYS: Final = ("health_fsa_spend_by_on", "last_purchase_on", "last_otc_on", "letter_expires_on", "next_refill_on")
TEXTS: Final = ("main_account_kind", "main_bucket", "main_channel", "last_decline")
RATIOS: Final = (("eligible_spend_90d_cents", "spend_90d_cents"), ("health_fsa_at_risk_cents", "health_fsa_balance_cents"))


def rule_set(count: int = 100, *, seed: int = 7, shared: bool = True) -> RuleSet:
    """So many rules, with 4.7 questions on average. shared: thresholds are round, as people choose them, so that rules share many."""
    made = _Made(random.Random(seed), shared)
    entries = tuple(RuleEntry(f"rule_bench{i:05}", f"bench-{i}", i, 1, parse(made.definition(i))) for i in range(count))
    return RuleSet(1, f"{seed:064x}", entries, {entry.public_id: entry.slot for entry in entries})


def questions(rules: RuleSet) -> float:
    """How many questions a rule asks on average."""
    return sum(leaf_count(entry.definition.conditions) for entry in rules.rules) / len(rules.rules)


class _Made:
    def __init__(self, chance: random.Random, shared: bool) -> None:
        self.chance = chance
        self.shared = shared

    def definition(self, i: int) -> dict[str, Any]:
        top = [self.leaf() for _ in range(self.chance.choice((2, 3, 3, 4, 4, 5)))]
        if self.chance.random() < 0.5:
            match = self.chance.choice(("any", "any", "none"))
            top.append({match: [self.leaf() for _ in range(self.chance.choice((2, 2, 3)))]})
        terms = [self.term() for _ in range(self.chance.choice((2, 2, 3)))]
        return {
            "conditions": {"all": top},
            "score": {"base": self.chance.choice((0, 50, 100, 200)), "terms": terms},
            "title": f"Rule {i}: {{spend_90d_cents}}",
            "body": "Made up for a benchmark.",
            "category": self.chance.choice(("insight", "saving", "offer", "tip")),
            "audience": ["person"],
        }

    def leaf(self) -> dict[str, Any]:
        kinds = (
            self.money,
            self.money,
            self.money,
            self.count,
            self.day,
            self.day,
            self.choice,
            self.set,
            self.known,
            self.ratio,
        )
        return self.chance.choice(kinds)()

    def pick(self, round_numbers: tuple[int, ...], low: int, high: int) -> int:
        return self.chance.choice(round_numbers) if self.shared else self.chance.randint(low, high)

    def money(self) -> dict[str, Any]:
        field = self.chance.choice(CENTS)
        if self.chance.random() < 0.25:
            low, high = self.pick((1_000, 2_500, 5_000), 100, 9_999), self.pick((50_000, 100_000, 200_000), 10_000, 200_000)
            return {"field": field, "test": "between", "low": low, "high": high}
        test = self.chance.choice(("at_least", "at_least", "more_than", "at_most"))
        return {"field": field, "test": test, "value": self.pick((1_000, 2_500, 5_000, 10_000, 25_000, 50_000), 100, 100_000)}

    def count(self) -> dict[str, Any]:
        value = self.pick((1, 2, 3, 5), 0, 40)
        return {"field": self.chance.choice(COUNTS), "test": self.chance.choice(("at_least", "at_most")), "value": value}

    def day(self) -> dict[str, Any]:
        field = self.chance.choice(DAYS)
        if "last" in field:
            return {"field": field, "test": "on_or_before", "value": {"from_today": -self.pick((7, 14, 30, 60, 90), 1, 200)}}
        high = {"from_today": self.pick((14, 30, 45, 60, 90), 5, 200)}
        return {"field": field, "test": "between", "low": {"from_today": 0}, "high": high}

    def choice(self) -> dict[str, Any]:
        field = self.chance.choice(TEXTS)
        values = self.chance.sample(sorted(BY_NAME[field].choices), self.chance.choice((1, 2)))
        return {"field": field, "test": self.chance.choice(("is_one_of", "is_one_of", "is_none_of")), "values": values}

    def set(self) -> dict[str, Any]:
        field, elements = self.chance.choice((("categories_90d", CATEGORIES), ("account_kinds", ACCOUNTS)))
        test = self.chance.choice(("has_any_of", "has_any_of", "has_none_of"))
        return {"field": field, "test": test, "values": self.chance.sample(elements, self.chance.choice((1, 2, 3)))}

    def known(self) -> dict[str, Any]:
        return {"field": self.chance.choice((*CENTS[:5], *DAYS)), "test": self.chance.choice(("is_known", "is_missing"))}

    def ratio(self) -> dict[str, Any]:
        field, per = self.chance.choice(RATIOS)
        value = self.pick((10, 25, 50, 75), 1, 99) / 100
        return {"field": field, "per": per, "test": self.chance.choice(("at_least", "at_most")), "value": value}

    def term(self) -> dict[str, Any]:
        points = self.pick((100, 200, 300), 50, 400)
        if self.chance.random() < 0.3:
            low = self.pick((60, 90), 30, 120)
            return {"field": "health_fsa_spend_by_on", "as": "days_until", "low": low, "high": 0, "points": points}
        high = self.pick((20_000, 50_000, 100_000), 10_000, 150_000)
        return {"field": self.chance.choice(CENTS), "low": 0, "high": high, "points": points}


def customer(chance: random.Random) -> dict[str, Any]:
    """One customer's values: a fifth of what could be unknown is."""
    told: dict[str, Any] = {"customer_kind": "person"}
    for name in CENTS:
        told[name] = int(chance.expovariate(1 / 20_000))
    told |= {name: int(chance.expovariate(1 / 4)) for name in COUNTS}
    for name in DAYS:
        told[name] = TODAY + timedelta(days=chance.randint(-120, 0) if "last" in name else chance.randint(-10, 150))
    told |= {name: chance.choice(sorted(BY_NAME[name].choices)) for name in TEXTS}
    told["categories_90d"] = frozenset(chance.sample(CATEGORIES, chance.randint(0, 6)))
    told["account_kinds"] = frozenset(chance.sample(ACCOUNTS, chance.randint(1, 3)))
    return {
        name: value
        for name, value in told.items()
        if BY_NAME[name].missing == "zero" or chance.random() > 0.2 or name == "customer_kind"
    }


def customers(count: int, seed: int = 11) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [customer(chance) for _ in range(count)]


def inputs(plan: Plan, count: int, *, different: int = 5_000) -> np.ndarray[Any, Any]:
    """Packed rows of so many customers, drawn from some thousand different ones."""
    made = Packer(plan.columns, plan.bits).pack(customers(min(count, different)))
    return made[np.random.default_rng(3).integers(0, len(made), count)]
