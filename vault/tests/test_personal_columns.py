"""No column that names a person, reaches them or touches their health or money lies open in the database."""

from __future__ import annotations

import re

from django.apps import apps

from vault.fields import SealedMixin

PERSONAL = re.compile(
    r"""(^|_)(
        first_name|last_name|full_name|middle_name|maiden_name|patient(_name)?|holder|cardholder|name
        |e?mail|email_address|recipient
        |address|street|city|zip|zip_code|postal_code|postcode|phone|phone_number|mobile|fax
        |birth_date|date_of_birth|birthday|born_on|dob|ssn|tax_id|member_id
        |diagnosis|condition|treatment|letter_text|medical_need|prescription|provider_name
        |bank_account|account_number|routing_number|iban
        |card_number|card_token|pan|cvc|cvv
    )$""",
    re.VERBOSE,
)
TEXT = {"CharField", "TextField", "EmailField", "DateField", "JSONField", "BinaryField", "GenericIPAddressField"}
THIRD_PARTY = {"admin", "auth", "contenttypes", "sessions", "account", "mfa", "axes", "pgtrigger", "encrypted_model_fields"}

# What is on the list by its name and still lies open, each with the reason.
OPEN = {
    "merchants.Merchant.name": "a business's public name",
    "merchants.Merchant.legal_name": "a business's public name, as receipts must show it",
    "merchants.Merchant.address": "a business's public address, as receipts must show it",
    "merchants.Merchant.support_email": "the address that a business gives its customers",
    "merchants.ApiKey.name": "what a developer calls a key",
    "merchants.Application.name": "the public name of a business that applies",
    "merchants.Application.legal_name": "its public name, as its receipts will show it",
    "merchants.Application.address": "its public address, as its receipts will show it",
    "merchants.Application.bank_name": "the name of a bank",
    "sales.SavedView.name": "what a member calls filters of the sales page",
    "treasury.BankFile.name": "what the bank calls a file",
    "compliance.Evidence.name": "what somebody calls a file of evidence about the platform",
    "notices.Preference.email": "a choice: how often letters come, not where they go",
    "shoppers.ShopperPasskey.name": "what a shopper calls a device of theirs",
    "vault.AuditEntry.address": "the network address behind a deed, without which a trail proves little",
    "eligibility.ModelPointer.name": "which pointer it is; there is one",
    "checkout.BinPointer.name": "which pointer it is; there is one",
    "checkout.DisputeMessageFile.name": "what the acquirer calls a file",
    "checkout.ClearingFile.name": "what the card network calls a file",
    "pos_monitor.AlertRule.name": "what staff call a thing that is watched",
    "pos_monitor.Distributor.name": "a business's public name",
    "pos_monitor.Distributor.support_email": "the address that a business gives its customers",
    "pos_monitor.Store.name": "what a business calls a shop of its own",
    "pos_monitor.TerminalGroup.name": "what staff call a group of terminals",
    "eligibility.ListSource.name": "what a publisher calls its list",
    "eligibility.CatalogueFeed.name": "what a business calls a file of its own products",
    "eligibility.CatalogueFeed.auth_name": "the name of a header, or of a shop's own account at its file server",
    "rules.Rule.name": "what curators call a rule",
    "rules.RuleExample.name": "what curators call a made-up customer",
    "checkout.Receipt.seller_name": "the business, frozen with the sale",
    "checkout.Receipt.seller_address": "the business, frozen with the sale",
}


def open_columns() -> set[str]:
    """Columns of our own models that hold text or dates, are on the list by name, and are not sealed."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label not in THIRD_PARTY
        for field in model._meta.local_concrete_fields
        if field.get_internal_type() in TEXT and not isinstance(field, SealedMixin) and PERSONAL.search(field.name)
    }


def test_every_personal_column_is_sealed_or_has_a_reason_not_to_be():
    assert open_columns() - set(OPEN) == set()


def test_every_reason_is_about_a_column_that_is_there():
    assert set(OPEN) - open_columns() == set()
    assert all(len(reason) > 10 for reason in OPEN.values())


def test_the_list_knows_the_names_that_matter():
    for name in (
        "email",
        "patient_name",
        "date_of_birth",
        "routing_number",
        "card_number",
        "street",
        "diagnosis",
        "shopper_email",
    ):
        assert PERSONAL.search(name), name
    for name in ("email_index", "network_reference", "is_named", "addressed_at", "status"):
        assert not PERSONAL.search(name), name
