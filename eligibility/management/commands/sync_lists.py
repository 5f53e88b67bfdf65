"""Ask publishers for news of eligible-product lists, and bring it onto the lists, here and now."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.priority import use_lowest_priority
from eligibility.lists import checks, sync
from eligibility.models import ListSource, ListSync


class Command(BaseCommand):
    help = "Bring eligible-product lists up to date, version by version, showing how far it is. Safe beside the platform's own workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lists", nargs="*", help="ids of lists; all active sources, if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        use_lowest_priority()
        sources = ListSource.objects.exclude(kind=ListSource.Kind.HAND).filter(is_active=True)
        if wanted := options["lists"]:
            sources = sources.filter(list_id__in=wanted)
            if missing := set(wanted) - set(sources.values_list("list_id", flat=True)):
                raise CommandError(f"No active source brings the list {', '.join(sorted(missing))}.")
        for source in sources:
            self._bring(source)

    def _bring(self, source: ListSource) -> None:
        while (found := checks.check(source) or self._open(source)) is not None:
            sync.carry_on(found.pk, after_step=partial(self._say, found.pk))
            found.refresh_from_db()
            if found.is_open:
                raise CommandError(f"{source.list_id}: {found.error or 'another worker is at it'}; the workers go on with it.")
            if found.state != ListSync.State.DONE:
                break
        source.refresh_from_db()
        held = source.syncs.filter(state=ListSync.State.HELD).first()
        if held:
            self.stdout.write(f"{source.list_id}: {held.entry['version']} is held. {' '.join(held.held_because)}")
        elif source.error:
            raise CommandError(f"{source.list_id}: {source.error}")
        else:
            newest = source.versions.order_by("-number").first()
            self.stdout.write(
                f"{source.list_id}: up to date" + (f", at {newest.version}" if newest else ", without any version yet")
            )

    def _open(self, source: ListSource) -> ListSync | None:
        return source.syncs.filter(state__in=checks.OPEN).first()

    def _say(self, pk: int, stage: str) -> None:
        row = ListSync.objects.get(pk=pk)
        self.stdout.write(
            f"  {row.entry.get('version')} {row.entry.get('kind')}: {stage}, {row.rows_done:,} of {row.rows_total:,}"
        )
