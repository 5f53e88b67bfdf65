"""A rule's place in every stored result: given once, in the order of publication, and never to another rule."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from rules.models import Rule
from rules.publishing.pointer import locked_pointer


@transaction.atomic
def give_slots(rule_ids: Collection[int]) -> None:
    """Give a slot to each of these rules that has none. Safe to repeat and beside itself: the pointer's lock orders who gives.

    A slot stays given where the publication fails afterwards: a hole costs two bytes a customer, a slot used twice a wrong result.
    """
    waiting = Rule.objects.filter(pk__in=rule_ids, slot=None)
    if not waiting.exists():
        return
    locked_pointer()
    taken = Rule.objects.aggregate(highest=Max("slot"))["highest"]
    following = 0 if taken is None else taken + 1
    for at, rule_id in enumerate(waiting.order_by("pk").values_list("pk", flat=True)):
        Rule.objects.filter(pk=rule_id, slot=None).update(slot=following + at)


def slots() -> dict[str, int]:
    """Rule's public id → slot, of every rule that ever had one: rules are never deleted once they have a slot."""
    return dict(Rule.objects.exclude(slot=None).values_list("public_id", "slot"))
