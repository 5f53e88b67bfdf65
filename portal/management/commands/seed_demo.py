"""Demo merchants, products, an eligible-product list, people, tills, shoppers and Snoops; writes how to sign in to `demo.json`."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common.scopes import across_merchants
from eligibility.lists.by_hand import enter_list
from eligibility.lists.publisher.demo import follow_sandbox_publisher
from eligibility.models import ListVersion, Product
from merchants.errors import KeyLimitInvalid
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Member, Merchant
from merchants.services import create_merchant, set_embed_origins
from people import roles
from portal.demo.banks import link_banks
from portal.demo.catalogue import DemoProduct, guide_product, products_for
from portal.demo.money import demo_money
from portal.demo.people import demo_limited, demo_person, join
from portal.demo.shoppers import SIGN_IN, demo_feedback, demo_shoppers
from portal.demo.stores import STORES, Store
from portal.demo.tills import demo_tills
from pos_monitor.judging.starting_set import load as load_alert_rules
from rules.customers.ensure import sweep
from rules.customers.refresh import catch_up
from rules.customers.today import rules_today
from rules.models import RuleRun
from rules.runs.start import start_run
from rules.starting_set.load import load_snoops

LIST_ID, LIST_VERSION = "sandbox-list", "2026-11"


class Command(BaseCommand):
    help = "Fill an empty sandbox with three merchants and their products. Safe to repeat."

    @across_merchants("the demo makes several merchants")
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("Demo data belongs in a sandbox: FSA_ENVIRONMENT is not “sandbox”.")
        self._merchants_and_people()
        load_alert_rules()
        demo_tills()
        demo_limited()
        self._snoops()

    def _snoops(self) -> None:
        """The release's Snoops in force, shoppers whom they are about, and a first run of them."""
        load_snoops()
        with transaction.atomic():
            accounts = demo_shoppers()
            sweep()
        link_banks()  # calls another process, so no transaction is open
        catch_up(rules_today())
        with transaction.atomic():
            demo_feedback(accounts)
        if not RuleRun.objects.exists():
            start_run(trigger=RuleRun.Trigger.PUBLICATION)

    @transaction.atomic
    def _merchants_and_people(self) -> None:
        path = settings.DATA_DIR / "demo.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        merchants, listed = [], [guide_product()]
        for store in STORES:
            merchant = Merchant.objects.filter(card_acceptor_id=store.card_acceptor_id).first()
            if merchant is None:
                merchant = create_merchant(card_acceptor_id=store.card_acceptor_id, **_merchant_fields(store))
                products = products_for(store)
                _save_products(merchant, products)
                listed += [product for product in products if product.is_listed]
            merchants.append(merchant)
        _save_list(listed)
        follow_sandbox_publisher()
        _let_ourselves_embed(merchants[0])
        demo = {**known, "base_url": settings.BASE_URL, "merchant_id": merchants[0].public_id, "shopper": _shopper()}
        for name, kind in (("secret_key", ApiKey.Kind.SECRET), ("publishable_key", ApiKey.Kind.PUBLISHABLE)):
            if not known.get(name) or not merchants[0].api_keys.filter(last4=known[name][-4:], revoked_at=None).exists():
                _, demo[name] = create_api_key(merchant=merchants[0], kind=kind, name="Demo")
        owner, demo["owner"] = demo_person(username="owner", email="owner@corner-pharmacy.example", known=known.get("owner"))
        staff, demo["staff"] = demo_person(
            username="support", email="support@fsa-platform.example", known=known.get("staff"), is_staff=True
        )
        for name in ("bank", "bank_approver"):
            person, demo[name] = demo_person(username=name, email=f"{name}@partner-bank.example", known=known.get(name))
            roles.give_role(user=person, role=roles.BANK)
        viewer, demo["viewer"] = demo_person(username="viewer", email="viewer@corner-pharmacy.example", known=known.get("viewer"))
        demo_money(merchants)
        for name, role in (("risk_second", roles.RISK), ("finance_second", roles.FINANCE)):  # theirs is decided by two
            person, demo[name] = demo_person(
                username=name, email=f"{name}@fsa-platform.example", known=known.get(name), is_staff=True
            )
            roles.give_role(user=person, role=role)
        for role in (roles.CURATOR, roles.LEAD_CURATOR, roles.CLINICIAN, roles.RISK, roles.FINANCE, roles.AUDITOR):
            person, demo[role] = demo_person(username=role, email=f"{role}@fsa-platform.example", known=known.get(role))
            roles.give_role(user=person, role=role)
        join(owner, merchants, Member.Role.OWNER)
        join(viewer, merchants[:1], Member.Role.VIEWER)
        roles.give_role(user=staff, role=roles.SUPPORT)
        path.touch(mode=0o600)
        path.write_text(json.dumps(demo, indent=1))


def _let_ourselves_embed(merchant: Merchant) -> None:
    """The SDK's playground shows the checkout page in a frame, as a shop's page does."""
    with suppress(KeyLimitInvalid):  # a sandbox at a plain http address of a network: there the playground only redirects
        set_embed_origins(merchant=merchant, origins={*merchant.embed_origins, settings.BASE_URL})


def _shopper() -> dict[str, str]:
    """How the demo's shopper signs in: by a letter, which the sandbox keeps in a folder."""
    return {"email": SIGN_IN, "sign_in": f"{settings.BASE_URL}/me/sign-in/", "letters": settings.EMAIL_FILE_PATH}


def _merchant_fields(store: Store) -> dict[str, Any]:
    return {
        "name": store.name, "legal_name": store.legal_name, "address": store.address, "time_zone": store.time_zone,
        "mcc": store.mcc, "is_iias_certified": store.is_iias_certified,
    }  # fmt: skip


def _save_products(merchant: Merchant, products: list[DemoProduct]) -> None:
    Product.objects.bulk_create(
        Product(merchant=merchant, sku=p.sku, title=p.title, brand=p.brand, gtin14=p.gtin14, price_cents=p.price_cents)
        for p in products
    )


def _save_list(products: list[DemoProduct]) -> None:
    if not ListVersion.objects.filter(list_source__list_id=LIST_ID, version=LIST_VERSION).exists():
        by_code = {product.gtin14: product for product in products}
        rows = [(code, product.title, product.category.code) for code, product in by_code.items()]
        enter_list(list_id=LIST_ID, name="the sandbox’s eligible-product list", version=LIST_VERSION, rows=rows)
