"""On what decisions rest at a moment: which model, which lists, which taxonomy, which rules. What rests on the same needs no second look."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from eligibility.classifier import ModelBroken, ModelMissing, model_version
from eligibility.errors import ClassifierUnavailable
from eligibility.guards.table import GUARDS_PATH
from eligibility.models import RedecisionRun
from eligibility.selectors import lists_in_force
from eligibility.taxonomy import taxonomy

Cause = RedecisionRun.Cause


@dataclass(frozen=True, slots=True)
class Basis:
    """Versions in force at a moment. lists: what each says then, in words that change when it does."""

    at: datetime
    model: str
    taxonomy: str
    rules: str
    lists: tuple[str, ...]

    @property
    def model_mark(self) -> str:
        """Model, taxonomy and rules in one word: with any of them new, any product may come out otherwise."""
        return f"{self.model} {self.taxonomy} {self.rules}"[:120]

    @property
    def lists_mark(self) -> str:
        """The lists in one word: with them new, products with a GTIN that they moved may come out otherwise."""
        return hashlib.sha256("\n".join(self.lists).encode()).hexdigest()[:32]

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "model": self.model,
            "taxonomy": self.taxonomy,
            "rules": self.rules,
            "lists": list(self.lists),
        }

    def cause_since(self, before: Mapping[str, Any]) -> str:
        """Why everything that was judged by `before` (as `as_json` gave it) has to be judged again; empty where nothing is new.

        Lists say of each product by itself whether it has: see `eligibility.catalogue.moved`.
        """
        if self.model != before.get("model"):
            return Cause.MODEL
        if self.taxonomy != before.get("taxonomy"):
            return Cause.TAXONOMY
        return Cause.RULES if self.rules != before.get("rules") else ""


def basis_at(moment: datetime) -> Basis:
    """Raises ClassifierUnavailable where there is no model."""
    try:
        model = model_version()
    except (ModelBroken, ModelMissing) as error:
        raise ClassifierUnavailable() from error
    return Basis(at=moment, model=model, taxonomy=taxonomy().version, rules=_rules_mark(), lists=tuple(lists_in_force(moment)))


@lru_cache(maxsize=1)
def _rules_mark() -> str:
    """Of the rules that this release ships: they have no version of their own."""
    return hashlib.sha256(GUARDS_PATH.read_bytes()).hexdigest()[:12]
