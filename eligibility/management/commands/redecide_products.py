"""Judge products again, after a change that nothing else noticed or to be sure."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.priority import use_lowest_priority
from common.scopes import across_merchants
from eligibility.catalogue.redecide import carry_on, start_redecision
from eligibility.catalogue.tasks import redecide_products, soon
from eligibility.errors import ClassifierUnavailable
from eligibility.models import RedecisionRun
from merchants.models import Merchant

SAY_EVERY_S = 5.0


class Command(BaseCommand):
    help = "Judge all products again, or one merchant's. Goes on where an interrupted run stopped; only one runs at a time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", help="The merchant's id; all merchants without it.")
        parser.add_argument("--wait", action="store_true", help="Work here, at the lowest priority, instead of in the workers.")

    @across_merchants("judges every merchant's products again")
    def handle(self, *args: Any, **options: Any) -> None:
        merchant = self._merchant(options["merchant"])
        try:
            run, is_new = start_redecision(cause=RedecisionRun.Cause.ASKED, merchant=merchant)
        except ClassifierUnavailable as error:
            raise CommandError(str(error)) from error
        if not is_new:
            self.stdout.write(f"{run.public_id} is under way already ({run.get_cause_display()}); it is carried on.")
        if not options["wait"]:
            soon(redecide_products, run.pk)
            self.stdout.write(f"{run.public_id}: {run.rows_total:,} products will be judged by the workers.")
            return
        use_lowest_priority()
        self._work(run)

    def _merchant(self, public_id: str | None) -> Merchant | None:
        if not public_id:
            return None
        merchant = Merchant.objects.filter(public_id=public_id).first()
        if merchant is None:
            raise CommandError(f"There is no merchant {public_id}.")
        return merchant

    def _work(self, run: RedecisionRun) -> None:
        """Carry it on to its end, whoever works on it, and say how far it is."""
        said_at = [time.monotonic()]

        def say() -> None:
            if time.monotonic() - said_at[0] > SAY_EVERY_S:
                said_at[0] = time.monotonic()
                run.refresh_from_db()
                self.stdout.write(f"{run.rows_done:,} of {run.rows_total:,} products, {run.rows_changed:,} changed")
                self.stdout.flush()

        while run.is_open:
            carry_on(run.pk, after_chunk=say)
            run.refresh_from_db()
            if run.is_open:  # a worker holds it, or it waits for another try
                time.sleep(1)
                say()
        if run.state != RedecisionRun.State.DONE:
            raise CommandError(f"{run.public_id} ended as {run.state}. {run.error}")
        self.stdout.write(
            f"{run.public_id} is done: {run.rows_done:,} products, {run.rows_changed:,} changed, {run.rows_skipped:,} needed no look, "
            f"stood back for sales for {run.waited_s:.0f} s."
        )
