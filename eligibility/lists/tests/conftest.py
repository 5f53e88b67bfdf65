"""A publisher on loopback with three months, and its list here, still empty."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from eligibility.lists import checks, sync
from eligibility.lists.publisher import keys
from eligibility.lists.publisher.publisher import Publisher
from eligibility.lists.publisher.running import RunningPublisher
from eligibility.lists.publisher.shelf import Shelf
from eligibility.models import ListItem, ListSource, ListSync

N = 1_500


async def no_pause(seconds):
    """A slow delivery pauses between its pieces; here it does not."""


@pytest.fixture
def shelf(tmp_path, request):
    """July's list, of a year that is over or, where the test says so, to come; `publish(shelf)` brings the next month."""
    year = getattr(request, "param", 2025)
    shelf = Shelf(tmp_path / "shelf", n=N)
    shelf.publish_month(date(year, 7, 1), published_at=datetime(2025, 6, 28, tzinfo=UTC))
    return shelf


@pytest.fixture(autouse=True)
def as_urgent_as_before(monkeypatch):
    """The command gives up its claim on the processor for good: the tests after it need theirs."""
    monkeypatch.setattr("eligibility.management.commands.sync_lists.use_lowest_priority", lambda: None)


@pytest.fixture
def curator(bob):
    return bob


@pytest.fixture
def running(shelf, settings, tmp_path):
    settings.OUTGOING_MAY_REACH = ["127.0.0.0/8"]
    settings.LISTS_DIR = tmp_path / "lists"
    with RunningPublisher(Publisher(shelf), pause=no_pause) as running:
        yield running


@pytest.fixture
def source(db, running):
    return ListSource.objects.create(
        list_id="sandbox-epl",
        name="the sandbox’s list",
        kind="https",
        url=running.url,
        public_key=running.publisher.shelf.public_key,
    )


@pytest.fixture
def over_sftp(source, running):
    source.kind, source.url, source.username = "sftp", f"sftp://127.0.0.1:{running.ports.sftp}", keys.USER
    source.secret, source.host_key = running.sftp_reader_key.read_text(), running.sftp_host_key
    source.save()
    return source


def publish(shelf, *, hot_fix=False):
    at = shelf.index.published_at + timedelta(days=1)
    return shelf.publish_hot_fix(published_at=at) if hot_fix else shelf.publish_next_month(published_at=at)


def bring(source, **options):
    """Bring the list up to date as far as it goes, as the workers do; returns the last update, or None where there was none."""
    last = None
    while found := checks.check(source) or source.syncs.filter(state__in=["queued", "running"]).first():
        ListSync.objects.filter(pk=found.pk).update(leased_until=None)
        sync.carry_on(found.pk, **options)
        found.refresh_from_db()
        last = found
        if found.state != "done":
            break
    source.refresh_from_db()
    return last


def standing(source):
    """(GTIN, what is said of it) of all that stands on the list now or will."""
    rows = ListItem.objects.said_now().filter(list_source=source)
    newest = source.versions.order_by("-number").first()
    until = newest.effective_at if newest else timezone.now()
    return {(row.gtin14, bytes(row.row_hash)) for row in rows if row.listed_until is None or row.listed_until > until}


def published(shelf, sequence):
    """The same, as the publisher's whole list of that version has it; without what has ended by now."""
    today = timezone.now().date()
    records = shelf.timeline.full(sequence)
    return {
        (record.gtin14, record.row_hash)
        for record in records
        if not (record.termination_date and record.termination_date <= today)
    }


def all_rows():
    return list(ListItem.objects.order_by("pk").values_list("pk", "since", "until", "listed_from", "listed_until"))


__all__ = ["ListSource", "all_rows", "bring", "publish", "published", "standing"]
