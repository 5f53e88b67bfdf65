"""Made-up rules and customers for the tests of learned relevance."""

from __future__ import annotations

import random
import uuid
from datetime import date, timedelta
from typing import Any

from rules.definition.parse import to_json
from rules.definition.tree import Definition, Group, NumberCondition, Operand, Score
from rules.learning.simulate import TASTES, Visitor, simulate
from rules.learning.vectors import Candidate
from rules.models import Customer, Rule
from rules.starting_set.files import starting_set
from shoppers.accounts import ShopperAccount

TODAY = date(2026, 11, 2)


def made_definition(
    *, category: str = "tip", priority: int = 3, learns: bool = True, field: str = "hsa_balance_cents"
) -> Definition:
    return Definition(
        conditions=Group("all", (NumberCondition(Operand(field), "more_than", low=0),)), score=Score(500), title="A title", body="A body.",
        category=category, audience=("person",), priority=priority, uses_learned_relevance=learns,
    )  # fmt: skip


def made_candidate(slot: int, *, score: int = 500, **definition: Any) -> Candidate:
    return Candidate(f"rule_{slot}", slot, score, made_definition(**definition))


def made_person() -> Customer:
    name = uuid.uuid4().hex
    account = ShopperAccount.objects.create(email=f"{name}@example.com", email_index=name)
    return Customer.objects.create(kind=Customer.Kind.PERSON, account=account)


def made_values(chance: random.Random) -> dict[str, Any]:
    """A person of whom much is known."""
    kinds = chance.sample(["health_fsa", "lpfsa", "dcfsa", "hsa", "hra"], chance.randrange(1, 4))
    return {
        "customer_kind": "person", "known_since_on": TODAY - timedelta(days=chance.randrange(30, 900)), "account_kinds": frozenset(kinds),
        "main_account_kind": kinds[0], "health_fsa_balance_cents": chance.randrange(200_000), "hsa_balance_cents": chance.randrange(900_000),
        "claimable_cents": chance.randrange(40_000), "eligible_spend_90d_cents": chance.randrange(60_000),
        "purchases_365d": chance.randrange(60), "main_channel": chance.choice(["online", "pos"]), "main_bucket": chance.choice(["otc", "vision"]),
        "last_purchase_on": TODAY - timedelta(days=chance.randrange(200)),
    }  # fmt: skip


def published_starting_set() -> list[Rule]:
    """The starting set as rules that have their slots."""
    return Rule.objects.bulk_create(
        Rule(slug=snoop.slug, name=snoop.name, slot=slot, draft=to_json(snoop.definition))
        for slot, snoop in enumerate(starting_set())
    )


def made_visitors(count: int, rules: list[Rule], seed: int = 5) -> list[Visitor]:
    """Persons who qualify for a dozen rules each, with scores that say nothing of their taste."""
    chance = random.Random(seed)
    snoops = starting_set()
    chosen = [at for at, snoop in enumerate(snoops) if "person" in snoop.definition.audience and snoop.definition.priority == 3]
    visitors = []
    for customer in made_people(count):
        drawn = chance.sample(chosen, 12)
        candidates = [
            Candidate(rules[at].public_id, rules[at].slot, chance.randrange(300, 600), snoops[at].definition) for at in drawn
        ]
        visitors.append(Visitor(customer.pk, made_values(chance), candidates))
    return visitors


def made_people(count: int) -> list[Customer]:
    names = [uuid.uuid4().hex for _ in range(count)]
    accounts = ShopperAccount.objects.bulk_create(ShopperAccount(email=f"{name}@example.com", email_index=name) for name in names)
    return Customer.objects.bulk_create(Customer(kind=Customer.Kind.PERSON, account=account) for account in accounts)


def feedback_of(*, people: int, days: int, taste: str, seed: int = 11) -> None:
    """Simulated showings and feedback that end yesterday."""
    rules = published_starting_set()
    simulate(
        visitors=made_visitors(people, rules), rules={rule.public_id: rule.pk for rule in rules}, taste=TASTES[taste], seed=seed,
        days=[TODAY - timedelta(days=back) for back in range(days, 0, -1)],
    )  # fmt: skip
