"""The rows that made-up customers stand on: accounts and shoppers with sealed addresses, as real ones have, by COPY.

Each address is sealed with its own nonce and indexed like any other (some 20 µs each): rows that shared one sealed text would
open nowhere, as a seal is bound to its row. Nothing is written to the audit trail, which is about people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from common.ids import new_id
from merchants.models import Merchant
from merchants.services import create_merchant
from shoppers.accounts import ShopperAccount, account_index
from shoppers.models import Shopper
from shoppers.selectors import email_index

ACCEPTOR: Final = "MADE-UP-STORE"
STEP: Final = 5_000  # customers between two words to whoever watches
Watch = Callable[[int], None]


def made_up_merchant() -> Merchant:
    """The merchant at whom made-up shoppers buy; made if new."""
    found = Merchant.objects.filter(card_acceptor_id=ACCEPTOR).first()
    return found or create_merchant(
        name="Made-up customers", legal_name="Made-up customers (trials of scale)", address="Nowhere", mcc="5912",
        card_acceptor_id=ACCEPTOR,
    )  # fmt: skip


def write_persons(n: int, watch: Watch) -> None:
    """n accounts, with addresses that no mail reaches (RFC 2606)."""
    field: Any = ShopperAccount._meta.get_field("email")
    now = timezone.now()

    def rows() -> Iterator[tuple[object, ...]]:
        for _ in range(n):
            public_id = new_id("sac")
            email = f"{public_id}@made-up.example"
            yield public_id, field.seal((None, public_id), email), account_index(email), now

    _copy("shoppers_shopperaccount (public_id, email, email_index, created_at)", rows(), watch)


def write_shoppers(n: int, merchant: Merchant, watch: Watch) -> None:
    """n shoppers at this merchant, sealed with its key."""
    field: Any = Shopper._meta.get_field("email")
    now, owner = timezone.now(), merchant.pk

    def rows() -> Iterator[tuple[object, ...]]:
        for _ in range(n):
            public_id = new_id("shp")
            email = f"{public_id}@made-up.example"
            index = email_index(merchant_id=owner, email=email)
            yield public_id, owner, field.seal((owner, public_id), email), index, now

    _copy("shoppers_shopper (public_id, merchant_id, email, email_index, created_at)", rows(), watch)


def write_customers(*, is_made_up: bool) -> int:
    """A customer for each account and shopper that is none yet, in the order of rows; returns how many.

    Their ids are those of the rows with another prefix, which costs nothing and is as unique as they are. The notes that
    triggers left of them go: nothing is computed of made-up customers.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO rules_customer (public_id, kind, account_id, shopper_id, merchant_id, is_made_up, created_at)
            SELECT 'cus' || substr(a.public_id, 4), 'person', a.id, NULL::bigint, NULL::bigint, %(made_up)s, now()
              FROM shoppers_shopperaccount a WHERE NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.account_id = a.id)
            UNION ALL
            SELECT 'cus' || substr(s.public_id, 4), 'shopper', NULL, s.id, s.merchant_id, %(made_up)s, now()
              FROM shoppers_shopper s WHERE NOT EXISTS (SELECT 1 FROM rules_customer c WHERE c.shopper_id = s.id)
            """,
            {"made_up": is_made_up},
        )
        made = int(cursor.rowcount)
        if is_made_up:
            for kind, column in (("account", "account_id"), ("shopper", "shopper_id")):
                cursor.execute(
                    f"DELETE FROM rules_customerchange n USING rules_customer c WHERE c.is_made_up AND n.kind = %s AND n.subject_id = c.{column}",  # our own text  # nosec B608
                    [kind],
                )
        return made


def link_shoppers() -> int:
    """Give each made-up shopper without an account a made-up one that has no shopper; returns how many were linked.

    Made-up accounts are known by their customers' ids, which nobody else's resemble.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT a.id FROM rules_customer c JOIN shoppers_shopperaccount a ON a.id = c.account_id
             WHERE NOT c.is_made_up AND c.public_id = 'cus' || substr(a.public_id, 4)
               AND NOT EXISTS (SELECT 1 FROM shoppers_shopper s WHERE s.account_id = a.id) ORDER BY a.id
            """
        )
        free = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            """
            SELECT s.id FROM rules_customer c JOIN shoppers_shopper s ON s.id = c.shopper_id
             WHERE NOT c.is_made_up AND c.public_id = 'cus' || substr(s.public_id, 4) AND s.account_id IS NULL ORDER BY s.id
            """
        )
        lone = [pk for (pk,) in cursor.fetchall()]
        pairs = min(
            len(free), len(lone)
        )  # in arrays, whose lengths the planner sees: a join of two sorts it would take for one row each
        cursor.execute(
            "UPDATE shoppers_shopper s SET account_id = n.account FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, account) WHERE s.id = n.id",
            [lone[:pairs], free[:pairs]],
        )
        return int(cursor.rowcount)


def _copy(into: str, rows: Iterator[tuple[object, ...]], watch: Watch) -> None:
    """Chunk by chunk: sealing may read the merchant's key from the database, which a connection in the middle of a COPY cannot."""
    while chunk := list(islice(rows, STEP)):
        with connection.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            for row in chunk:
                copy.write_row(row)
        watch(len(chunk))
