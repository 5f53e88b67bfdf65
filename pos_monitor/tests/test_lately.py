"""What changed lately where an incident is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from merchants.models import Merchant
from pos_monitor.care import lately
from pos_monitor.judging.folded import Folded
from pos_monitor.models import Incident, Terminal, VersionChange
from pos_monitor.tests.fleet import broken, make_rule, make_store, make_terminals, stored, together

pytestmark = pytest.mark.django_db


def test_another_version_just_before_stands_among_what_changed(acme: Merchant) -> None:
    store, rule, now = make_store(acme, "Oak"), make_rule(), timezone.now()
    numbers = make_terminals(store, 3)
    Terminal.objects.filter(pk__in=numbers).update(app="4.1", firmware="1.0")
    Terminal.objects.filter(pk__in=numbers[:2]).update(app="4.2")
    group = together(numbers, rule, "store", str(store.pk))
    alerts = broken(numbers, rule, began_ms=int(now.timestamp() * 1000))
    stored(Folded([type(group)(group.rule, group.scope, group.scope_key, group.title, alerts)]), now + timedelta(seconds=30))
    incident = Incident.objects.get()

    found = {change.what: change.terminals for change in lately.changes(incident)}
    VersionChange.objects.update(at=now - timedelta(days=2))
    long_ago = {change.what for change in lately.changes(incident)}

    assert found["App: 4.1 → 4.2"] == 2
    assert "App: 4.1 → 4.2" not in long_ago
