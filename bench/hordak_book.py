"""The same entries in django-hordak's book, beside ours in one PostgreSQL: what `bench.ledger` is held against.

A process of its own, because Django is set up once in each. hordak has its tables to itself and starts empty, where ours holds millions
of legs: a head start. In batches it is given `bulk_create`, which it does not offer itself; its triggers check each leg as always.

python -m bench.hordak_book <URL of a database> batches|one_by_one <seconds>
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from decimal import Decimal
from typing import Any, Final

SHARED: Final = "Receivable"
ACCOUNTS: Final = 500
BATCH: Final = 1_000
BALANCES: Final = 500


def set_up(url: str) -> None:
    import dj_database_url
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": dj_database_url.parse(url)}, SECRET_KEY="of a benchmark",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"], USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", CURRENCIES=["USD"], DEFAULT_CURRENCY="USD",
    )  # fmt: skip
    django.setup()


def open_accounts() -> None:
    from hordak.models import Account, AccountType

    Account.objects.create(name=SHARED, type=AccountType.asset, code="0", currencies=["USD"])
    for n in range(ACCOUNTS):
        Account.objects.create(name=f"Store {n}", type=AccountType.liability, code=str(n + 1), currencies=["USD"])


def book(seed: int) -> tuple[Any, list[Any], random.Random]:
    """The account that every entry meets, each store's own, and chance."""
    from hordak.models import Account

    return Account.objects.get(name=SHARED), list(Account.objects.exclude(name=SHARED)), random.Random(seed)


def money(chance: random.Random) -> Any:
    from moneyed import Money

    return Money(Decimal(chance.randint(100, 9_000)) / 100, "USD")


def one_by_one(seconds: float) -> int:
    from django.db import transaction

    shared, owned, chance = book(os.getpid())
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        with transaction.atomic():
            chance.choice(owned).transfer_to(shared, money(chance), description="Sale")
        done += 1
    return int(done / (time.perf_counter() - begun))


def in_batches(seconds: float) -> int:
    from django.db import transaction
    from hordak.models import Leg, Transaction

    shared, owned, chance = book(2)
    begun, done = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        with transaction.atomic():
            legs = []
            for entry in Transaction.objects.bulk_create(Transaction(description="Sale") for _ in range(BATCH)):
                amount = money(chance)
                legs += [
                    Leg(transaction=entry, account=shared, debit=amount),
                    Leg(transaction=entry, account=chance.choice(owned), credit=amount),
                ]
            Leg.objects.bulk_create(legs)
        done += BATCH
    return int(done / (time.perf_counter() - begun))


def balance_p99_ms() -> float:
    """Of any account, every tenth time the busiest."""
    shared, owned, _ = book(3)
    timings = []
    for n in range(BALANCES):
        begun = time.perf_counter()
        (shared if n % 10 == 0 else owned[n % ACCOUNTS]).get_simple_balance()
        timings.append((time.perf_counter() - begun) * 1000)
    return round(sorted(timings)[int(BALANCES * 0.99)], 2)


def main() -> None:
    url, what, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    set_up(url)
    if what == "one_by_one":
        print(one_by_one(seconds))
        return
    from django.core.management import call_command
    from hordak.models import Leg

    call_command("migrate", verbosity=0)
    open_accounts()
    print(
        json.dumps(
            {"batched_entries_per_s": in_batches(seconds), "balance_p99_ms": balance_p99_ms(), "legs": Leg.objects.count()}
        )
    )


if __name__ == "__main__":
    main()
