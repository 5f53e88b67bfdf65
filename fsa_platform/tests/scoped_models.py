"""Every model that leads to a merchant, found by walking all models; and those that are not scoped, with the reason."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import ForeignKey, Model

from common.scopes import ScopedManager
from merchants.models import Merchant

# Model -> why its rows are not kept apart by merchant although something in them names one.
NOT_SCOPED: dict[str, str] = {
    "vault.AuditEntry": "one chain for all, that is checked as a whole; its readers name a merchant and it holds no values",
    "vault.CustodyEvent": "the bank's console shows what it did with any merchant's key",
    "vault.CustodyRequest": "the bank's console asks about any merchant's key",
    "vault.KeyRotation": "a rotation works through one key's rows, named by the key",
    "vault.RotationStep": "the same",
    "vault.KeyVersion": "wrapped keys, looked up by the merchant of the row that they open; of no use to whoever reads them",
    "merchants.Application": "an applicant is no merchant yet: people of risk see all, the applicant what its link or its merchant opens",
    "merchants.ApplicationPerson": "the same, through the application",
    "merchants.ApplicationDocument": "the same",
    "merchants.ApplicationCheck": "the same",
    "merchants.ApplicationMessage": "the same",
    "checkout.ClearingLine": "the network's file is about everybody's charges; staff alone see it",
    "checkout.ClearingCase": "the same",
    "treasury.BankLine": "the bank's statement is about everybody's money; staff alone see it",
    "treasury.TreasuryCase": "the same",
    "claims.ClaimLine": "a person's own, of what they bought anywhere; it is reached through their claim, which no merchant sees",
    "pos_monitor.AlertRuleOverride": "staff set what holds for a group of terminals of any merchants",
    "rules.RuleProblem": "a run judges every customer, and staff look at what it met",
    "vault.MerchantKey": "the same: the keyring serves every merchant, and asks by the row's own merchant",
}


def merchant_paths(model: type[Model], seen: tuple[type[Model], ...] = ()) -> Iterator[str]:
    """The paths of foreign keys from a model to Merchant, and a plain `merchant_id`, which a lower room keeps instead."""
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey):
            if field.related_model is Merchant:
                yield field.name
            elif field.related_model not in (model, *seen):
                yield from (f"{field.name}__{rest}" for rest in merchant_paths(field.related_model, (*seen, model)))
        elif field.name == "merchant_id":
            yield field.name


def models_of_merchants() -> list[type[Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model is not Merchant and any(merchant_paths(model))]


def scoped_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if isinstance(model._default_manager, ScopedManager)]
