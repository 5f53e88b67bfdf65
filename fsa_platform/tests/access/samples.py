"""A row of acme's behind every address that names one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.totp.internal.auth import TOTP
from axes.models import AccessAttempt, AccessLog
from django.contrib import admin
from django.utils import timezone

from checkout.models import CheckoutSession, Payment
from eligibility.catalogue.products import save_product
from eligibility.checker.services import switch_checker
from eligibility.decision import Decision, Item
from eligibility.models import (
    CatalogueJob,
    DriftDay,
    ListItem,
    ListVersion,
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
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Event, Member, Merchant
from notices.models import Letter, Recipient
from people.models import User
from portal.tests.admin_samples import make_sale, sample_decision
from webhooks.models import WebhookDelivery, WebhookEndpoint

# Models of the admin that have no row here: of these only lists and forms are asked for.
WITHOUT_ROW = {
    "compliance.Finding",
    "compliance.RestoreDrill",
    "compliance.AccessReview",
    "compliance.AccessReviewLine",
    "vault.AuditCheck",
    "checkout.PageCheck",
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
            ("keys/<int:pk>", "keys/0"),
            ("<str:kind>", "csv"),
            ("<id>", self.values["admin/people/user/"]),
            ("<str:verb>", "revoke"),
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


def make_samples(acme: Merchant) -> Samples:
    sale = make_sale(acme)
    still_open = open_session(acme)
    product = save_product(merchant=acme, sku="IBU", title="Ibuprofen").product
    job = CatalogueJob.objects.create(merchant=acme, kind="check", source_format="csv", expires_at=timezone.now())
    RedecisionRun.objects.create(cause="asked")
    key, _ = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Shop")
    payment = Payment.objects.get(session=sale)
    viewer = rows_to_look_at(acme)
    event = Event.objects.filter(merchant=acme)[0]
    endpoint = WebhookEndpoint.objects.create(
        merchant=acme, url="https://shop.example/hook", api_version="2026-11-01", secret="whsec_x"
    )
    delivery = WebhookDelivery.objects.create(endpoint=endpoint, event=event)
    dispute, file = dispute_with_file(acme)
    switch_checker(merchant=acme, is_on=True)
    return Samples(
        {
            "v1/docs/": "getting-started",
            "v1/checkout/sessions/": still_open.public_id, "v1/payments/": payment.public_id, "v1/products/": product.public_id,
            "v1/eligibility/jobs/": job.public_id, "products/": product.public_id, "products/files/": job.public_id,
            "v1/letters/": requested(acme).public_id, "staff/letters/": requested(acme).public_id, "me/letters/": "lmn_nothing",
            "v1/eligibility/disputes/": dispute, "disputes/": dispute, "disputes/files/": file, "staff/reviews/files/": file,
            "pay/": still_open.public_id, "card-frame/": still_open.public_id, "receipts/": payment.receipt.public_id,
            "check/": acme.public_id,
            "sales/": sale.public_id, "keys/": key.public_id, "notices/unsubscribe/": "no-token",
            "v1/events/": event.public_id, "custody/": acme.public_id, "v1/webhook_endpoints/": endpoint.public_id,
            "webhooks/": endpoint.public_id, "webhooks/deliveries/": delivery.public_id, "v1/webhook_deliveries/": delivery.public_id,
            "custody/requests/": "creq_nothing", "me/open/": "no-token", "me/passkeys/": "pk_nothing", "team/join/": "no-token",
            "team/invitations/": "inv_nothing", "staff/emergency-access/": "brk_nothing", "team/": str(viewer.pk), "admin/compliance/finding/evidence/": "evd_nothing",
            **dict(rows_of_the_admin()),
        },
        still_open,
    )  # fmt: skip


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
    version = ListVersion.objects.create(list_id="l", version="1", source="s", effective_at=timezone.now(), is_complete=True)
    ListItem.objects.create(
        list_version=version, gtin14="00300450449108", description="Ibuprofen", category_code="pain-relievers-oral"
    )
    ReviewRequest.objects.create(merchant=acme, item_key="k", title="Ibuprofen", reason="unknown")
    record_review(merchant=acme, item=Item(title="Aspirin"), category_code="pain-relievers-oral", reviewer=None)
    models_to_look_at(acme)
    AccessAttempt.objects.create(username="x", failures_since_start=1)
    AccessLog.objects.create(username="x")
    a_clinician()
    Recipient.objects.create(user=user)
    Letter.objects.create(user=user, next_attempt_at=timezone.now())
    return viewer


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
