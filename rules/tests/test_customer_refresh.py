"""Keeping features up: after any sequence of events they are what computing them anew gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from freezegun import freeze_time

from checkout.models import CheckoutSession, LineItem
from claims.models import Claim, ClaimLine
from common.ids import new_id
from eligibility.models import Letter, Product
from merchants.models import Merchant
from people.models import User
from rules.customers.ensure import customer_for_account, customer_for_shopper, sweep
from rules.customers.rebuild import Comparison, compare, compare_shared, customer_ids
from rules.customers.refresh import fresh_values, refresh_changed, refresh_due, refresh_merchants, values_of_row
from rules.customers.today import rules_today
from rules.models import Customer, CustomerChange, CustomerFeatures, Rule, SnoopFeedback
from rules.tests.selling import at, decline, line, person, sell, shopper
from rules.tests.test_customer_purchases import product
from shoppers.accounts import ShopperAccount
from shoppers.bank.models import BankAccount, BankConsent, BankTransaction
from shoppers.benefits.models import BenefitAccount
from shoppers.changes import PersonChange
from shoppers.models import Shopper
from webhooks.models import WebhookEndpoint

pytestmark = pytest.mark.django_db
CATEGORIES = ("pain-relievers-oral", "bandages", "")


class World:
    """A small world in which things happen at random, through the models that the services write."""

    def __init__(self, seed: int, merchants: list[Merchant]) -> None:
        self.random = random.Random(seed)
        self.merchants = merchants
        self.people = [person(f"{name}@home.example") for name in ("kim", "lee")]
        self.shoppers = [
            shopper(each, f"{n}@shop.example", self.people[n] if n < 2 else None) for each in merchants for n in range(3)
        ]
        self.clinician = User.objects.create_user(username=f"dr{seed}", email=f"dr{seed}@x.example")
        self.rules = [Rule.objects.create(slug=f"r{seed}-{n}", name=f"r{n}", draft={}) for n in range(2)]
        self.products = [product(each, f"p{n}", 5_00 + n) for each in merchants for n in range(2)]

    def pick(self, rows: Any) -> Any:
        return self.random.choice(list(rows))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def happen(self) -> str:
        what: Callable[[], None] = self.pick(
            [self.sale, self.sale, self.sale, self.declined, self.named, self.joined, self.letter, self.benefit, self.told_balance,
             self.claim, self.bank, self.payment, self.feedback, self.price, self.endpoint, self.newcomer]
        )  # fmt: skip
        what()
        return what.__name__

    def sale(self) -> None:
        lines = [
            line(self.random.randrange(1, 90_00), bucket=self.pick(["otc", "vision", "dental", "none"]), category=self.pick(CATEGORIES),
                 status=self.pick(["eligible", "eligible", "letter", "rx", "not_eligible"]), gtin=self.pick(["", "300450449108", "0300450449115"]))
            for _ in range(self.random.randrange(1, 4))
        ]  # fmt: skip
        total = sum(each["total_cents"] for each in lines)
        to = self.pick([*self.shoppers, None])
        back = timedelta(minutes=self.random.randrange(0, 3 * 24 * 60))
        sell(to, self.now() - back, *lines, benefit_cents=self.random.randrange(0, total + 1), merchant=self.pick(self.merchants),
             channel=self.pick(["online", "pos"]))  # fmt: skip

    def declined(self) -> None:
        decline(self.pick(self.shoppers), self.now(), self.pick(["51", "54", "58", "05"]))

    def named(self) -> None:
        """A guest asks for a receipt by mail, after the sale."""
        session = CheckoutSession.objects.filter(shopper=None).first()
        if session:
            buyer = next(each for each in self.shoppers if each.merchant_id == session.merchant_id)
            CheckoutSession.objects.filter(pk=session.pk).update(shopper=buyer)

    def joined(self) -> None:
        Shopper.objects.filter(pk=self.pick(self.shoppers).pk).update(account=self.pick([*self.people, None]))

    def newcomer(self) -> None:
        mail = f"{new_id('x')}@home.example"
        self.people.append(person(mail))
        self.shoppers.append(shopper(self.pick(self.merchants), mail, self.people[-1]))

    def letter(self) -> None:
        today = rules_today()
        known = list(Letter.objects.filter(status="issued"))
        if known and self.random.random() < 0.4:
            Letter.objects.filter(pk=self.pick(known).pk).update(status=self.pick(["revoked", "expired"]), decided_at=self.now())
            return
        to = self.pick(self.shoppers)
        Letter.objects.create(
            merchant=to.merchant, shopper=to, patient_name="Kim", status="requested",
        )  # fmt: skip
        Letter.objects.create(
            merchant=to.merchant, shopper=to, patient_name="Kim", status="issued", issued_on=today, decided_at=self.now(),
            expires_on=today + timedelta(days=self.random.randrange(0, 40)), reviewer=self.clinician,
            categories=["bandages"], provider={"name": "Dr"},
        )  # fmt: skip

    def benefit(self) -> None:
        start = rules_today() - timedelta(days=self.random.randrange(-30, 300))
        kind = self.pick(["health_fsa", "lpfsa", "dcfsa", "hsa", "hra"])
        more: dict[str, Any] = (
            {"coverage": "self", "contributed_cents": 1_000_00} if kind == "hsa" else {"election_cents": 2_000_00}
        )
        if kind == "health_fsa":
            more |= self.pick([
                {"carryover_limit_cents": 300_00}, {"grace_ends_on": start + timedelta(days=410)}, {"run_out_ends_on": start + timedelta(days=450)},
            ])  # fmt: skip
        BenefitAccount.objects.get_or_create(
            account=self.pick(self.people), kind=kind, plan_starts_on=start, administrator=self.pick(["A", "B"]), closed_at=None,
            defaults={"plan_ends_on": start + timedelta(days=364), "balance_cents": self.random.randrange(0, 2_000_00), "balance_on": start, **more},
        )  # fmt: skip

    def told_balance(self) -> None:
        known = list(BenefitAccount.objects.all())
        if known:
            BenefitAccount.objects.filter(pk=self.pick(known).pk).update(
                balance_cents=self.random.randrange(0, 900_00), balance_on=rules_today()
            )

    def claim(self) -> None:
        free = LineItem.objects.filter(session__shopper__account__isnull=False, claim_lines=None, session__status="complete")
        bought = free.select_related("session__shopper").first()
        if bought and self.random.random() < 0.6:
            made = Claim.objects.create(
                account_id=bought.session.shopper.account_id,
                administrator="A",
                state="submitted",
                amount_cents=1_00,
                submitted_at=self.now(),
            )
            ClaimLine.objects.create(claim=made, line=bought, amount_cents=1_00)
        elif open_one := Claim.objects.filter(state="submitted").first():
            paid = {
                "state": "paid",
                "approved_cents": 1_00,
                "paid_cents": 1_00,
                "paid_on": rules_today(),
                "decided_at": self.now(),
            }
            Claim.objects.filter(pk=open_one.pk).update(**self.pick([paid, {"state": "denied"}, {"state": "more_information"}]))
            ClaimLine.objects.filter(claim=open_one, claim__state="denied").update(is_live=False)

    def bank(self) -> None:
        known = BankConsent.objects.filter(state="active").first()
        if known and self.random.random() < 0.3:
            BankConsent.objects.filter(pk=known.pk).update(
                state="revoked", ended_at=self.now(), access_token=None, refresh_token=None, token_ends_at=None
            )
            return
        consent = BankConsent.objects.create(
            account=self.pick(self.people), provider="sandbox", state="active", scopes=["accounts"], answer_digest=new_id("d"), browser="",
            answer_by=self.now(), granted_at=self.now(), expires_at=self.now() + timedelta(days=self.random.randrange(1, 180)), access_token="t",
        )  # fmt: skip
        BankAccount.objects.create(
            consent=consent, account=consent.account, provider_id=new_id("p"), masked_number="••1", kind="checking",
            balance_cents=self.random.randrange(-5_00, 900_00), balance_at=self.now(),
        )  # fmt: skip

    def payment(self) -> None:
        """A payment by bank card; or the same one every thirty days, which is a subscription."""
        account = BankAccount.objects.first()
        if account is None:
            return
        mcc, payee = self.pick([("5912", "pharmacy"), ("4899", "films"), ("4899", "series")])
        for month in range(3 if mcc == "4899" else 1):
            BankTransaction.objects.create(
                bank_account=account, account=account.account, provider_id=new_id("t"), booked_on=rules_today() - timedelta(days=30 * month),
                amount_cents=-12_00, mcc=mcc, payee=payee, payee_key=payee,
            )  # fmt: skip

    def feedback(self) -> None:
        known = Customer.objects.filter(is_made_up=False)
        if known:
            SnoopFeedback.objects.create(
                customer=self.pick(known), rule=self.pick(self.rules), kind=self.pick(["seen", "dismissed", "restored", "acted"]),
                at=self.now(), channel="feed", client_id=new_id("c"),
            )  # fmt: skip

    def price(self) -> None:
        Product.objects.filter(pk=self.pick(self.products).pk).update(
            price_cents=self.random.randrange(1, 50_00), is_active=self.random.random() < 0.8
        )

    def endpoint(self) -> None:
        known = WebhookEndpoint.objects.first()
        if known is None:
            WebhookEndpoint.objects.create(
                merchant=self.merchants[0], url="https://x.example", api_version="2026-11-01", secret="s"
            )
        else:
            WebhookEndpoint.objects.filter(pk=known.pk).update(failing_since=self.pick([None, self.now()]))


def refresh_all() -> None:
    refresh_merchants()
    refresh_changed()
    refresh_due()


def comparison() -> Comparison:
    found = Comparison()
    compare(customer_ids(), rules_today(), found)
    compare_shared(found)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_features_are_what_computing_anew_gives(seed: int, acme: Merchant, globex: Merchant) -> None:
    with freeze_time("2026-02-20 15:00") as clock:
        world, happened = World(seed, [acme, globex]), []
        for _ in range(40):
            happened.append(world.happen())
            if world.random.random() < 0.3:
                clock.tick(timedelta(hours=world.random.choice([5, 24, 24 * 29, 24 * 61, 24 * 150])))
                happened.append(f"… {rules_today()}")
            if world.random.random() < 0.3:
                refresh_all()
                found = comparison()
                assert (found.shown, found.waiting) == ([], 0), happened
        refresh_all()
        found = comparison()

    assert (found.shown, found.waiting) == ([], 0), happened
    assert found.customers == Customer.objects.count() == CustomerFeatures.objects.count()
    assert (CustomerChange.objects.count(), PersonChange.objects.count()) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_on_each_day_only_those_are_computed_whose_windows_move(seed: int, acme: Merchant, globex: Merchant) -> None:
    """No event for half a year: every day's features are right, though few rows are written."""
    with freeze_time("2026-02-20 15:00") as clock:
        world = World(seed, [acme, globex])
        for _ in range(60):
            world.happen()
        refresh_all()
        for _ in range(60):
            clock.tick(timedelta(days=3))
            refresh_due()
            assert comparison().shown == []


def test_the_comparing_command_tells_and_changes_nothing(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-20"), line())
    refresh_all()
    CustomerFeatures.objects.filter(customer__shopper=buyer).update(spend_365d_cents=1, last_decline="card")

    out = StringIO()
    with pytest.raises(CommandError, match="2 values differ"):
        call_command("rebuild_features", "--compare", stdout=out)

    assert "spend_365d_cents" in out.getvalue()
    assert CustomerFeatures.objects.get(customer__shopper=buyer).spend_365d_cents == 1


def test_the_command_mends_what_differs(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-20"), line())
    refresh_all()
    CustomerFeatures.objects.filter(customer__shopper=buyer).update(spend_365d_cents=1)
    CustomerFeatures.objects.filter(customer__merchant=acme, customer__kind="merchant").delete()

    call_command("rebuild_features", stdout=StringIO())
    out = StringIO()
    call_command("rebuild_features", "--compare", stdout=out)

    assert "Nothing differs" in out.getvalue()
    assert CustomerFeatures.objects.get(customer__shopper=buyer).spend_365d_cents == 10_00


def test_a_row_that_stays_the_same_is_not_written(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example")
    sell(buyer, at("2026-11-20"), line())
    refresh_all()
    before = CustomerFeatures.objects.get(customer__shopper=buyer).computed_at
    CustomerChange.objects.create(kind="shopper", subject_id=buyer.pk)

    assert refresh_changed() == 0
    assert CustomerFeatures.objects.get(customer__shopper=buyer).computed_at == before
    assert not CustomerChange.objects.exists()


def test_fresh_values_know_what_was_committed_a_moment_ago(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example", person("kim@home.example"))
    of_shopper, of_person = customer_for_shopper(buyer), customer_for_account(buyer.account or ShopperAccount())
    refresh_all()
    assert fresh_values(of_person)["purchases_365d"] == 0

    sell(buyer, datetime.now(UTC), line())

    assert fresh_values(of_shopper)["purchases_365d"] == fresh_values(of_person)["purchases_365d"] == 1
    assert CustomerFeatures.objects.get(customer=of_person).purchases_365d == 0  # asking stores nothing
    refresh_all()
    assert values_of_row(CustomerFeatures.objects.get(customer=of_person)) == fresh_values(of_person)


def test_fresh_values_notice_that_a_day_passed(acme: Merchant) -> None:
    with freeze_time("2026-11-22 12:00") as clock:
        buyer = shopper(acme, "kim@home.example")
        sell(buyer, at("2026-11-22", 7), line())
        customer = customer_for_shopper(buyer)
        refresh_all()
        assert fresh_values(customer)["spend_30d_cents"] == 10_00

        clock.move_to("2026-12-22 04:59")  # before midnight in New York
        assert fresh_values(customer)["spend_30d_cents"] == 10_00
        clock.move_to("2026-12-22 05:00")
        assert fresh_values(customer)["spend_30d_cents"] == 0


def test_customers_come_to_be_by_themselves_and_once(acme: Merchant) -> None:
    buyer = shopper(acme, "kim@home.example", person("kim@home.example"))

    refresh_all()

    assert sorted(Customer.objects.values_list("kind", flat=True)) == ["merchant", "person", "shopper"]
    assert customer_for_shopper(buyer) == customer_for_shopper(buyer) == Customer.objects.get(shopper=buyer)
    assert sweep() == 0


def test_what_cannot_be_computed_holds_up_nobody_else(acme: Merchant) -> None:
    """A contribution beyond every sum makes the statement of one person fail."""
    year = {"plan_starts_on": "2026-01-01", "plan_ends_on": "2026-12-31", "balance_cents": 5_00, "balance_on": "2026-01-01"}
    kim, lee = person("kim@home.example"), person("lee@home.example")
    broken = BenefitAccount.objects.create(account=kim, kind="hsa", coverage="self", contributed_cents=-(2**63), **year)
    BenefitAccount.objects.create(account=lee, kind="hsa", coverage="self", contributed_cents=400_00, **year)

    with freeze_time("2026-11-22 17:00"):
        refresh_all()
        faulty = CustomerFeatures.objects.get(customer__account=kim)
        assert CustomerFeatures.objects.get(customer__account=lee).hsa_room_cents == 4_000_00
        assert "out of range" in faulty.fault
        assert str(faulty.next_change_on) == "2026-11-23"  # tried again tomorrow

        BenefitAccount.objects.filter(pk=broken.pk).update(contributed_cents=0)
        refresh_all()
        assert CustomerFeatures.objects.get(customer__account=kim).hsa_room_cents == 4_400_00
        assert comparison().shown == []
