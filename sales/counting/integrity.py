"""Do the sums by day and by item say what captures and refunds say? Days that are noted are about to be counted, and are left out."""

from __future__ import annotations

from typing import Final

from checkout.integrity import Check
from sales.counting.facts import ALL_DAYS, ALL_ITEMS, DAY_KEYS, DAY_SUMS, ITEM_KEYS, ITEM_SUMS


def _differs(facts: str, table: str, keys: tuple[str, ...], sums: tuple[str, ...]) -> str:
    same = " AND ".join(f"f.{key} IS NOT DISTINCT FROM k.{key}" for key in keys if key not in {"merchant_id", "day_on"})
    said = ", ".join(f"{{side}}.{name}" for name in sums)
    facts_say, kept_say = said.format(side="f"), said.format(side="k")
    return f"""
    WITH f AS ({facts})
    SELECT format('%%s %%s', m.public_id, coalesce(f.day_on, k.day_on)),
           format('{{what}}: the facts say (%%s), counted is (%%s)', concat_ws(', ', {facts_say}), concat_ws(', ', {kept_say}))
      FROM f FULL JOIN {table} k ON f.merchant_id = k.merchant_id AND f.day_on = k.day_on AND {same}
      JOIN merchants_merchant m ON m.id = coalesce(f.merchant_id, k.merchant_id)
     WHERE ({facts_say}) IS DISTINCT FROM ({kept_say})
       AND NOT EXISTS (SELECT 1 FROM sales_daynote n WHERE n.merchant_id = m.id
                        AND (n.at IS NULL OR (n.at AT TIME ZONE m.time_zone)::date = coalesce(f.day_on, k.day_on)))
     ORDER BY 1
    """.replace("%%s", "%s").format(what=", ".join(sums))  # noqa: S608  # our own text  # nosec B608


CHECKS: Final = (
    Check(
        "each merchant's sums of a day are its captures' and refunds'",
        "SELECT count(*) FROM sales_salesday",
        _differs(ALL_DAYS, "sales_salesday", DAY_KEYS, DAY_SUMS),
    ),
    Check(
        "each item's sums of a day are its lines'",
        "SELECT count(*) FROM sales_itemday",
        _differs(ALL_ITEMS, "sales_itemday", ITEM_KEYS, ITEM_SUMS),
    ),
)
