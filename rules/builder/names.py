"""Words for what sets hold: categories by their code, merchants by their public id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from eligibility.taxonomy import taxonomy
from merchants.models import Merchant

MOST: Final = 30
STATUS_WORDS: Final = {"eligible": "eligible", "rx": "with prescription", "letter": "with letter", "not_eligible": "not eligible"}


def find_words(of: str, text: str) -> list[tuple[str, str, str]]:
    """(value, words, what else tells it apart) of what the text finds, those that begin with it first."""
    if of == "merchant":
        found = Merchant.objects.filter(name__icontains=text).order_by("name").values_list("public_id", "name")[:MOST]
        return [(public_id, name, public_id) for public_id, name in found]
    if of != "category":
        return []
    wanted = text.lower().split()
    fits = [one for one in taxonomy().categories if all(word in f"{one.name} {one.code}".lower() for word in wanted)]
    fits.sort(key=lambda one: (not one.name.lower().startswith(text.lower()), one.name))
    return [(one.code, one.name, STATUS_WORDS.get(one.status, one.status)) for one in fits[:MOST]]


def names_in(draft: Any) -> dict[str, str]:
    """Words for every category and merchant that drafts, or anything of them, name."""
    return names_of(_texts(draft))


def names_of(values: Iterable[str]) -> dict[str, str]:
    wanted = set(values)
    categories = {code: one.name for code, one in taxonomy().by_code.items() if code in wanted}
    ids = [value for value in wanted if value.startswith("mer_")]
    merchants = dict(Merchant.objects.filter(public_id__in=ids).values_list("public_id", "name")) if ids else {}
    return {**categories, **merchants}


def _texts(node: Any) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for one in node.values():
            yield from _texts(one)
    elif isinstance(node, list | tuple):
        for one in node:
            yield from _texts(one)
