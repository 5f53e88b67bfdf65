"""Let the sandbox's acquirer dispute a charge, or decide a dispute."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from checkout.disputes.packing import build_pack
from checkout.disputes.reasons import SUBSTANTIATION_AUDIT
from checkout.disputes.take import take_dispute_file
from checkout.models import Dispute, Payment, Tender
from checkout.network.dispute_file import DisputeMessage, Kind, write_disputes
from common.scopes import across_merchants


class Command(BaseCommand):
    help = (
        "Sandbox only: open a dispute or retrieval about a captured payment (pay_…), or decide a dispute (dp_…) as won or lost."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("about", help="a payment (pay_…), or a dispute (dp_…) with --decide")
        parser.add_argument("--reason", default=SUBSTANTIATION_AUDIT, help="the network's reason code (default: %(default)s)")
        parser.add_argument("--amount-cents", type=int, default=0, help="what is disputed (default: all that the card paid)")
        parser.add_argument("--days", type=int, default=20, help="until it is due (default: %(default)s)")
        parser.add_argument(
            "--card", choices=Tender.Kind.values, default="", help="which card (default: the benefit card, if there is one)"
        )
        parser.add_argument("--decide", choices=["won", "lost"], default="")

    @across_merchants("the acquirer's word may be about any merchant's charge")
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IS_SANDBOX:
            raise CommandError("This platform is no sandbox.")
        message = self._decision(options) if options["decide"] else self._case(options)
        text = write_disputes([message], on=timezone.now().date())
        name = f"disputes-{message.case_number}-{message.kind}.csv"
        settings.DISPUTES_DIR.mkdir(parents=True, exist_ok=True)
        (settings.DISPUTES_DIR / name).write_text(text, encoding="ascii")
        take_dispute_file(name=name, content=text.encode())
        build_pack(Dispute.objects.get(case_number=message.case_number).pk)
        row = Dispute.objects.get(case_number=message.case_number)
        self.stdout.write(f"{row.public_id}: {row.get_status_display()}, reason {row.reason_code}, due {row.due_at:%Y-%m-%d}")

    def _decision(self, options: dict[str, Any]) -> DisputeMessage:
        row = Dispute.objects.filter(public_id=options["about"]).first()
        if row is None:
            raise CommandError("There is no such dispute.")
        return DisputeMessage(options["decide"], row.case_number, row.network, row.reason_code, "", "", 0, timezone.now(), None)

    def _case(self, options: dict[str, Any]) -> DisputeMessage:
        payment = Payment.objects.filter(public_id=options["about"]).first()
        tenders = list(payment.tenders.filter(status=Tender.Status.CAPTURED).order_by("kind")) if payment else []
        tender = next((one for one in tenders if options["card"] in ("", one.kind)), None)
        if payment is None or tender is None:
            raise CommandError("There is no such payment, or this card was charged nothing.")
        kind: Kind = "retrieval" if options["reason"].startswith("6") else "dispute"
        number = f"{'RR' if kind == 'retrieval' else 'CB'}-{payment.pk:06d}-{Dispute.objects.filter(payment=payment).count() + 1}"
        now = timezone.now()
        return DisputeMessage(
            kind, number, tender.network, options["reason"], tender.rrn, tender.stan,
            options["amount_cents"] or tender.captured_cents, now, now + timedelta(days=options["days"]),
        )  # fmt: skip
