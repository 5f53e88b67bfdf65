"""A row of acme's behind every address that names one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta

from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.utils import timezone

from checkout.bins.importing import apply_list, preview_list
from checkout.disputes.services import add_evidence
from checkout.models import CheckoutSession, ClearingCase, ClearingFile, Payment, Subscription
from checkout.payment_links.services import create_link
from checkout.refunds.services import create_refund
from checkout.services.create import BasketLine
from checkout.tests.dispute_samples import a_dispute
from claims.models import Claim
from eligibility.catalogue.products import save_product
from eligibility.checker.services import switch_checker
from eligibility.decision import Decision, Item
from eligibility.lists.by_hand import enter_list
from eligibility.models import (
    CatalogueDeed,
    CatalogueFeed,
    CatalogueJob,
    DriftDay,
    ModelVersion,
    RedecisionRun,
    ReviewRequest,
    ShadowDifference,
)
from eligibility.reviews.answering import open_dispute
from eligibility.reviews.evidence_files import checked_file
from eligibility.services.reviews import record_review
from eligibility.tests.letter_samples import a_clinician, requested
from fsa_platform.tests.access.table import Row
from ledger.models import Statement
from merchants.keys.services import create_api_key
from merchants.limits.models import ControlChange
from merchants.models import ApiKey, Event, Member, Merchant
from merchants.notes.models import MerchantNote
from merchants.onboarding.models import Application, ApplicationDocument, ApplicationPerson
from notices.models import Letter, Recipient
from people.models import User
from portal.tests.admin_samples import make_sale, sample_decision
from pos_monitor.care import weekly
from pos_monitor.judging.starting_set import load as load_alert_rules
from pos_monitor.models import (
    Alert,
    AlertRule,
    CaseEntry,
    CommandLog,
    DeadLetter,
    Distributor,
    Incident,
    Maintenance,
    Playbook,
    SupportCase,
    Terminal,
    TerminalGroup,
    TerminalImport,
    TillSale,
    WeeklyReport,
)
from pos_monitor.sales.days import close_day
from pos_monitor.tests.command_samples import a_command
from pos_monitor.tests.estate_samples import a_terminal
from rules.customers.ensure import customer_for_shopper
from rules.models import Customer, LearnedModel, PushMessage, Rule, RuleRun, RuleSetVersion, SnoopAssignment, SnoopFeedback
from sales.models import SavedView
from shoppers.bank.models import BankConsent
from shoppers.models import Shopper
from shoppers.services import shopper_for_email
from shoppers.tests.people import benefit, person
from treasury.models import (
    Adjustment,
    BankAccount,
    BankBatch,
    BankDay,
    BankFile,
    BankLine,
    BankStatement,
    BankTransfer,
    FeeProposal,
    FeeRate,
    FeeSchedule,
    Payout,
    PayoutPolicy,
    Settlement,
    TreasuryCase,
)
from webhooks.models import WebhookDelivery, WebhookEndpoint

# Models of the admin that have no row here: of these only lists and forms are asked for.
WITHOUT_ROW = {
    "compliance.Finding",
    "compliance.RestoreDrill",
    "compliance.AccessReview",
    "compliance.AccessReviewLine",
    "vault.AuditCheck",
    "checkout.PageCheck",
    "checkout.LateAnswer",
    "checkout.UnknownDispute",
    "people.BreakGlassGrant",
}


@dataclass
class Samples:
    """Values for the parts of addresses, by the address's start; the longest start that fits counts."""

    values: dict[str, str]
    session: CheckoutSession

    def reachable(self, rows: list[Row]) -> list[Row]:
        """Those of the rows that have something behind them: an admin's model without a row has only its list."""
        return [row for row in rows if "<path:object_id>" not in row.address or self._start(row.address)]

    def _start(self, address: str) -> str:
        return max((known for known in self.values if address.startswith(known)), key=len, default="")

    def path(self, address: str, *, missing: bool = False) -> str:
        """The address with a row of acme's in it, or with one that is nobody's."""
        if "(?P" in address:
            return f"/{address.partition('^')[0].partition('(')[0]}nothing-x/"
        for name, value in (
            ("sdk/v<str:version>/<str:name>", "sdk/v1/fsa.js"),
            ("keys/<int:pk>", "keys/0"),
            ("do/<slug:name>", "do/pause"),
            ("<str:kind>", "csv"),
            ("<str:till>", self.values["tills/"]),
            ("<id>", self.values["admin/people/user/"]),
            ("commands/<str:command>", f"commands/{self.values['v1/terminal/commands/']}"),
            ("<str:sale_number>", "000001"),
            ("<str:verb>", "revoke"),
            ("<str:deed>", "pause"),
            ("<str:key>", "no-key"),
            ("<path:content_type_id>/<path:object_id>", "0/0"),
        ):
            address = address.replace(name, value)
        head, opened, rest = address.partition("<")
        if not opened:
            return f"/{address}"
        start = self._start(address)
        assert start, f"{address} names a row: put one of acme's into samples.py"
        value = "x_0123456789" if missing else self.values[start]
        return f"/{head}{value}{rest.partition('>')[2]}"


# Of a ranker's offline evaluation, as training writes them.
SAMPLE_FIGURES = {
    "showings": 200, "customers": 90, "ndcg_plain": 0.7, "ndcg_learned": 0.8, "map_plain": 0.4, "map_learned": 0.5, "ndcg_gain_low": 0.05,
    "ndcg_gain_high": 0.15,
}  # fmt: skip


def make_samples(acme: Merchant) -> Samples:
    still_open = open_session(acme)
    viewer = rows_to_look_at(acme)
    made = {
        "v1/docs/": "getting-started", "docs/": "getting-started", "notices/unsubscribe/": "no-token", "me/open/": "no-token", "team/join/": "no-token",
        "me/letters/": "lmn_nothing", "me/accounts/": "ben_nothing", "me/cards/": "pm_nothing", "me/bank/": "bct_nothing",
        "me/passkeys/": "pk_nothing", "custody/requests/": "creq_nothing", "team/invitations/": "inv_nothing",
        "staff/emergency-access/": "brk_nothing", "admin/compliance/finding/evidence/": "evd_nothing",
        "admin/pos_monitor/alertrule/trial/": "art_nothing", "custody/": acme.public_id, "team/": str(viewer.pk),
        "v1/checkout/sessions/": still_open.public_id, "pay/": still_open.public_id, "card-frame/": still_open.public_id,
        **_of_the_house(acme), **_of_sales(acme), **_of_items(acme), **_of_developers(acme), **_of_tills(acme), **_of_snoops(acme),
    }  # fmt: skip
    return Samples(made | dict(rows_of_the_admin()), still_open)


def _of_the_house(acme: Merchant) -> dict[str, str]:
    """What staff keep of acme: its application, a note, a change of limits that waits."""
    clerk = User.objects.create_user(username="sample_clerk")
    application = Application.objects.create(
        email="ann@new.example", email_index="x", name="New", status="in_review", merchant=acme
    )
    person = ApplicationPerson.objects.create(
        application=application, full_name="Ann New", born_on="1980-01-01", address="Elm Street", ssn="123456789"
    )
    paper = ApplicationDocument.objects.create(
        application=application,
        kind="bank",
        title="bank.pdf",
        content_type="application/pdf",
        size_bytes=8,
        sha256="0",
        content="JVBERi0=",
    )
    note = MerchantNote.objects.create(merchant=acme, author=clerk, body="Calls on Mondays.")
    change = ControlChange.objects.create(merchant=acme, kind="limits", status="waiting", reason="More sales", asked_by=clerk)
    return {
        "staff/applications/": application.public_id, "staff/applications/people/": person.public_id,
        "staff/applications/documents/": paper.public_id, "staff/merchants/": acme.public_id, "staff/merchants/notes/": note.public_id,
        "staff/merchants/changes/": change.public_id, "apply/": "no-key",
    }  # fmt: skip


def _of_sales(acme: Merchant) -> dict[str, str]:
    sale = make_sale(acme)
    apply_list(source=preview_list(content=b"bin_from,network,account_kind\n40000000,visa,fsa\n", source="Acquirer A"))
    cleared = ClearingFile.objects.create(
        name="clearing", business_on=timezone.now().date(), sha256="0", line_count=0, completion_cents=0, refund_cents=0
    )
    ClearingCase.objects.create(kind="extra", file=cleared, merchant=acme, rrn="000000000001", cleared_cents=100)
    payment = Payment.objects.get(session=sale)
    refund = create_refund(payment=payment, amount_cents=100)
    chargeback = a_dispute(payment)
    add_evidence(dispute=chargeback, files=[checked_file("slip.pdf", b"%PDF-1.4")])
    subscription = a_subscription(acme).public_id
    link = create_link(merchant=acme, lines=[BasketLine(quantity=1, unit_price_cents=1000, title="Aspirin")]).public_id
    return {
        "sales/": sale.public_id, "v1/payments/": payment.public_id, "receipts/": payment.receipt.public_id, "v1/refunds/": refund.public_id,
        "v1/disputes/": chargeback.public_id, "chargebacks/": chargeback.public_id, "chargebacks/files/": chargeback.files.get().public_id,
        "subscriptions/": subscription, "v1/subscriptions/": subscription,
        "l/": link, "links/": link, "v1/payment_links/": link, "looks/": acme.public_id,
        **_of_money(acme, payment, cleared),
    }  # fmt: skip


def _of_money(acme: Merchant, payment: Payment, file: ClearingFile) -> dict[str, str]:
    """A settlement, a payout that the bank has, an account that waits, a day's statement; and what the bank said."""
    clerk = User.objects.create_user(username="sample_of_finance")
    now, today = timezone.now(), timezone.now().date()
    settlement = Settlement.objects.create(merchant=acme, file=file, business_on=today, net_cents=0)
    account = BankAccount.objects.create(
        merchant=acme, holder="Acme", routing_number="011000015", account_number="123456", last4="3456"
    )
    payout = Payout.objects.create(merchant=acme, bank_account=account, amount_cents=100, status="sent")
    batch = BankBatch.objects.create(effective_on=today, next_attempt_at=now, created_at=now)
    BankTransfer.objects.create(
        purpose="payout", payout=payout, bank_account=account, amount_cents=100, trace_number=1, batch=batch
    )
    statement = Statement.objects.create(
        merchant=acme, period="day", starts_on=today, starts_at=now, ends_at=now + timedelta(days=1), opening_cents=0, closing_cents=0,
        sums={}, pockets={},
    )  # fmt: skip
    brought = BankFile.objects.create(endpoint="east", name="st.xml", sha256="0")
    paper = BankStatement.objects.create(
        file=brought,
        statement_id="1",
        account_last4="3456",
        number=1,
        from_on=today,
        to_on=today,
        opening_cents=0,
        closing_cents=0,
    )
    BankLine.objects.create(statement=paper, bank_reference="1", amount_cents=1, booked_on=today, value_on=today, kind="other")
    TreasuryCase.objects.create(kind="unexplained", subject="line:1", business_on=today, text="Nothing explains it.")
    BankDay.objects.create(business_on=today, compared_at=now)
    Adjustment.objects.create(merchant=acme, amount_cents=1, reason="A correction", proposed_by=clerk)
    FeeProposal.objects.create(effective_at=now + timedelta(days=1), rates=[], reason="A correction", proposed_by=clerk)
    PayoutPolicy.objects.create(merchant=acme)
    FeeRate.objects.create(schedule=FeeSchedule.objects.create(effective_at=now), basis_points=100)
    return {
        "sales/views/": SavedView.objects.create(merchant=acme, user=clerk, name="Big ones", is_shared=True).public_id,
        "payouts/": payout.public_id, "v1/payouts/": payout.public_id, "payouts/settlements/": settlement.public_id,
        "payouts/bank/": account.public_id, "balance/statements/": statement.public_id, "balance/export/": "csv",
    }  # fmt: skip


def _of_items(acme: Merchant) -> dict[str, str]:
    product = save_product(merchant=acme, sku="IBU", title="Ibuprofen").product
    job = CatalogueJob.objects.create(merchant=acme, kind="check", source_format="csv", expires_at=timezone.now())
    RedecisionRun.objects.create(cause="asked")
    deed = CatalogueDeed.objects.create(merchant=acme, kind="judge", by="Ann", rows_total=1, up_to_id=1)
    feed = CatalogueFeed.objects.create(merchant=acme, name="Shop", url="https://shop.example/goods.csv", next_at=timezone.now())
    dispute, file = dispute_with_file(acme)
    switch_checker(merchant=acme, is_on=True)
    return {
        "v1/products/": product.public_id, "v1/public/products/": product.public_id, "products/": product.public_id, "v1/eligibility/jobs/": job.public_id,
        "products/files/": job.public_id,
        "products/deeds/": deed.public_id, "products/feeds/": feed.public_id, "v1/products/feeds/": feed.public_id, "v1/letters/": requested(acme).public_id,
        "staff/letters/": requested(acme).public_id,
        "v1/eligibility/disputes/": dispute, "disputes/": dispute, "disputes/files/": file, "staff/reviews/files/": file,
        "check/": acme.public_id,
    }  # fmt: skip


def _of_developers(acme: Merchant) -> dict[str, str]:
    """Needs a sale: its events."""
    key, _ = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Shop")
    event = Event.objects.filter(merchant=acme)[0]
    endpoint = WebhookEndpoint.objects.create(
        merchant=acme, url="https://shop.example/hook", api_version="2026-11-01", secret="whsec_x"
    )
    delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=event)
    return {
        "keys/": key.public_id, "v1/events/": event.public_id, "webhooks/": endpoint.public_id, "webhooks/deliveries/": delivery.public_id,
        "v1/webhook_endpoints/": endpoint.public_id, "v1/webhook_deliveries/": delivery.public_id,
    }  # fmt: skip


def _of_tills(acme: Merchant) -> dict[str, str]:
    till = a_terminal(acme)
    Distributor.objects.create(name="Northern Tills")
    TerminalGroup.objects.create(name="Pilot")
    brought = TerminalImport.objects.create(merchant=acme, rows_total=1)
    DeadLetter.objects.create(shard=0, stream_id="1-0", reason="it cannot be read", body=b"odd")
    command = a_command(till, merchant=acme)
    log = CommandLog.objects.create(
        merchant=acme, delivery=command.deliveries.get(), content="12:00 the printer is out of paper", size=33
    )
    incident = an_incident(till)
    return {
        "tills/": till.public_id, "tills/days/": close_day(terminal=till).day.public_id, "tills/unpaid/": a_lost_sale(acme, till).public_id,
        "tills/imports/": brought.public_id, "tills/commands/": command.public_id, "tills/shops/": till.store.public_id,
        "stores/": till.store.public_id,
        "tills/support/cases/": SupportCase.objects.get(merchant=acme).public_id, "tills/support/reports/": WeeklyReport.objects.get(merchant=acme).public_id,
        "v1/stores/": till.store.public_id, "v1/terminals/": till.public_id, "admin/fleet/terminals/": till.public_id, "admin/fleet/card/": str(till.pk),
        "v1/terminal/commands/": command.public_id, "v1/terminal_incidents/": incident.public_id,
        "admin/pos_monitor/incident/do/": "acknowledge", "admin/pos_monitor/playbook/write/": "absence",
        "admin/pos_monitor/command/log/": log.public_id,
    }  # fmt: skip


def _of_snoops(acme: Merchant) -> dict[str, str]:
    snooped, hinted = shown_snoop(acme)
    return {
        "v1/customers/": snooped.public_id, "tips/": "sample-rule", "me/snoops/": "sample-rule",
        "admin/rules/snoopassignment/results/": hinted,
    }  # fmt: skip


def a_subscription(merchant: Merchant) -> Subscription:
    """One that begins tomorrow, so that nothing of it is charged."""
    begins_at = timezone.now() + timedelta(days=1)
    return Subscription.objects.create(
        merchant=merchant, shopper=shopper_for_email(merchant=merchant, email="sub@example.com"), unit="month",
        anchor_on=begins_at.date(), anchor_time=begins_at.time(), next_renewal_at=begins_at,
        items=[asdict(BasketLine(1, 1000, title="Ibuprofen"))],
    )  # fmt: skip


def a_lost_sale(acme: Merchant, till: Terminal) -> TillSale:
    """A sale that was taken offline and whose card did not pay."""
    session = open_session(acme)
    printed = [
        {
            "till_text": line.title,
            "plu": "",
            "unit_price_cents": line.unit_price_cents,
            "weight_thousandths": None,
            "weight_unit": "",
        }
        for line in session.lines.all()
    ]
    return TillSale.objects.create(
        merchant=acme, terminal=till, sale_number="000002", session=session, printed=printed, is_offline=True, sold_at=timezone.now(),
        lost_at=timezone.now(), loss_code="card_declined",
    )  # fmt: skip


def an_incident(till: Terminal) -> Incident:
    """A silent till, whose merchant support wrote to; a window, a playbook and a weekly report beside it."""
    now = timezone.now()
    rule, _ = AlertRule.objects.get_or_create(slug="sample-silent", defaults={"name": "Silent", "kind": "absence"})
    incident = Incident.objects.create(
        rule=rule, scope_key=str(till.pk), merchant=till.merchant, title="Silent", severity=3, began_at=now, opened_at=now,
        answer_due_at=now, repair_due_at=now, alert_count=1, open_count=1,
    )  # fmt: skip
    Alert.objects.create(terminal=till, rule=rule, incident=incident, severity=3, began_at=now, opened_at=now)
    by = User.objects.create_user(username="sample_support")
    Maintenance.objects.create(terminal=till, starts_at=now, ends_at=now + timedelta(hours=1), reason="Router", created_by=by)
    Playbook.objects.create(slug=rule.slug, revision=1, body="Ring them.", written_by=by)
    case = SupportCase.objects.create(merchant=till.merchant, incident=incident, subject="Silent", opened_by=by, changed_at=now)
    CaseEntry.objects.create(case=case, merchant=till.merchant, kind=CaseEntry.Kind.MAIL, body="Is it plugged in?", by=by)
    week = (now - timedelta(days=now.weekday() + 7)).date()
    WeeklyReport.objects.create(merchant=till.merchant, week_on=week, figures=weekly.reckon(till.merchant, week))
    return incident


def shown_snoop(merchant: Merchant) -> tuple[Customer, str]:
    """A customer of the merchant's who was shown a Snoop, saw it, and had it pushed; and the Snoop's id."""
    customer = customer_for_shopper(
        Shopper.objects.create(merchant=merchant, email="snooped@shoppers.example", email_index="snooped")
    )
    rule, _ = Rule.objects.get_or_create(slug="sample-rule", defaults={"name": "Sample", "draft": {}})
    now = timezone.now()
    SnoopAssignment.objects.create(customer=customer, rule=rule, group="shown", channel="feed", version_number=1, at=now)
    SnoopFeedback.objects.create(customer=customer, rule=rule, kind="seen", channel="feed", client_id="sample", at=now)
    PushMessage.objects.create(
        customer=customer, rule=rule, occasion="sample", service="sandbox", title="A hint", body="Look", version_number=1, at=now
    )
    return customer, rule.public_id


def dispute_with_file(merchant: Merchant) -> tuple[str, str]:
    """The ids of an open dispute and of its file."""
    dispute = open_dispute(
        merchant=merchant, item=Item(title="Aspirin"), decision=Decision.from_json(sample_decision(evidence="model", status="letter")),
        claim_status="eligible", evidence="The label names aspirin as its active ingredient.",
        files=[checked_file("label.png", b"\x89PNG\r\n\x1a\nlabel")],
    )  # fmt: skip
    return dispute.public_id, dispute.files.get().public_id


def open_session(merchant: Merchant) -> CheckoutSession:
    """An open session of one line, judged long ago."""
    session = CheckoutSession.objects.create(
        merchant=merchant, amount_subtotal_cents=1000, amount_total_cents=1000, amount_eligible_cents=1000,
        success_url="https://shop.example/ok", cancel_url="https://shop.example/no", expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    session.lines.create(
        position=0, title="Ibuprofen", quantity=1, unit_price_cents=1000, subtotal_cents=1000, total_cents=1000, status="eligible",
        evidence="list", decision=sample_decision(),
    )  # fmt: skip
    return session


def rows_to_look_at(acme: Merchant) -> Member:
    """One row of each model that the admin shows and a sale does not bring; returns a viewer of acme's."""
    user = User.objects.create(username="somebody", email="somebody@people.example")
    viewer = Member.objects.create(merchant=acme, user=user, role=Member.Role.VIEWER)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    enter_list(list_id="l", name="s", version="1", rows=[("00300450449108", "Ibuprofen", "pain-relievers-oral")])
    ReviewRequest.objects.create(merchant=acme, item_key="k", title="Ibuprofen", reason="unknown")
    record_review(merchant=acme, item=Item(title="Aspirin"), category_code="pain-relievers-oral", reviewer=None)
    models_to_look_at(acme)
    AccessAttempt.objects.create(username="x", failures_since_start=1)
    AccessLog.objects.create(username="x")
    a_clinician()
    Rule.objects.create(slug="sample", name="Sample", draft={"conditions": {"all": []}})
    LearnedModel.objects.create(
        number=1,
        sha256="0" * 64,
        feature_version=1,
        trained_from=timezone.now().date(),
        trained_to=timezone.now().date(),
        figures=SAMPLE_FIGURES,
    )
    rules = RuleSetVersion.objects.create(number=1, sha256="0" * 64, slots={}, rule_count=0)
    RuleRun.objects.create(version=rules, state="finished", trigger="hand", clock_at=timezone.now(), today=timezone.now().date())
    load_alert_rules()
    accounts_to_look_at()
    Recipient.objects.create(user=user)
    Letter.objects.create(user=user, next_attempt_at=timezone.now())
    return viewer


def accounts_to_look_at() -> None:
    """A benefit account, a claim and a linked bank of somebody."""
    shopper = person("looked-at@example.com")
    benefit(shopper)
    Claim.objects.create(account=shopper, administrator="Northwind")
    BankConsent.objects.create(
        account=shopper, provider="sandbox", scopes=[], answer_digest="x", browser="x", answer_by=timezone.now()
    )


def models_to_look_at(acme: Merchant) -> None:
    """A candidate, a difference in shadow and a day of drift."""
    ModelVersion.objects.create(version="m-sample", files={}, feature_version=1, encoder_sha256="0", registered_by="Ann")
    now = timezone.now()
    ShadowDifference.objects.create(
        merchant=acme, live_version="m-sample", shadow_version="m-other", item_key="k", title="Ibuprofen", live_status="eligible",
        live_category="scales", live_confidence=0.9, shadow_status="unknown", shadow_category="scales", shadow_confidence=0.4,
        is_status_different=True, first_at=now, last_at=now,
    )  # fmt: skip
    DriftDay.objects.create(merchant=acme, day=now.date(), model_version="m-sample")


def rows_of_the_admin() -> Iterator[tuple[str, str]]:
    """(address of a model's list in the admin, key of a row)."""
    rows = {model: model._base_manager.order_by("pk").first() for model in admin.site._registry}
    missing = {model._meta.label for model, row in rows.items() if row is None}
    assert missing <= WITHOUT_ROW, f"{missing - WITHOUT_ROW} are in the admin: make a row of each in samples.py"
    for model, row in rows.items():
        if row is not None:
            yield f"admin/{model._meta.label_lower.replace('.', '/')}/", str(row.pk)
