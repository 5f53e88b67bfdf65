from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pos_monitor.engine.seen import END
from pos_monitor.engine.tasks import let_go_of_gaps
from pos_monitor.models import DeadLetter, FleetWord, ReportGap

pytestmark = pytest.mark.django_db


def test_old_gaps_go_and_starts_stay_known() -> None:
    old, new = timezone.now() - timedelta(days=31), timezone.now()
    for seq, last, made_at in ((1, 5, old), (20, END, old), (30, 35, new)):
        ReportGap.objects.create(terminal=1, boot=1, first_seq=seq, last_seq=last, made_at=made_at)
    for reason, at in (("old", timezone.now() - timedelta(days=91)), ("new", new)):
        DeadLetter.objects.create(shard=0, stream_id="1-0", reason=reason, body=b"", set_aside_at=at)

    let_go_of_gaps()
    let_go_of_gaps()

    assert sorted(ReportGap.objects.values_list("first_seq", flat=True)) == [20, 30]
    assert DeadLetter.objects.get().reason == "new"


def test_names_of_versions_that_no_kept_report_has_go() -> None:
    for key, days in ((1, 33), (2, 31), (3, 0)):
        FleetWord.objects.create(key=key, word=str(key), last_seen_at=timezone.now() - timedelta(days=days))

    let_go_of_gaps()

    assert set(FleetWord.objects.values_list("key", flat=True)) == {2, 3}
