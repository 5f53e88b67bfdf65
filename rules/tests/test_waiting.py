"""What waits for whom, and what each process serves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from rules.engine.live import live_rules
from rules.models import RuleSetServing
from rules.publishing.revisions import retire, return_
from rules.publishing.selectors import approved_revision, processes, version_in_force, waiting_revisions
from rules.publishing.versions import publish
from rules.tests.snoops import approved, edit, make_rule, submitted

pytestmark = pytest.mark.django_db


def test_the_newest_unanswered_revision_waits_for_everybody_but_its_author(wanda, walt, lena):
    first, second = make_rule("first", by=wanda), make_rule("second", by=lena)
    submitted(first, wanda)
    newest = submitted(edit(first, priority=1), wanda)
    of_lena = submitted(second, lena)

    assert list(waiting_revisions()) == [newest, of_lena]
    assert list(waiting_revisions(lena)) == [newest]
    assert list(waiting_revisions(wanda)) == [of_lena]


def test_what_is_answered_or_retired_waits_no_more(wanda, lena):
    returned, retired, done = (make_rule(slug, by=wanda) for slug in ("returned", "retired", "done"))
    return_(revision=submitted(returned, wanda), by=lena, comment="Say it shorter")
    submitted(retired, wanda)
    retire(rule=retired, by=lena, reason="Not needed now")
    revision = approved(done, wanda, lena)

    assert not waiting_revisions().exists()
    assert (approved_revision(done), approved_revision(returned)) == (revision, None)


def test_a_process_is_current_or_behind_or_gone(wanda, lena):
    rule = make_rule(by=wanda)
    approved(rule, wanda, lena)
    publish(by=lena)
    live_rules()
    (one,) = processes()
    assert (one.is_current, one.is_gone) == (True, False)

    approved(edit(rule, priority=1), wanda, lena)
    version = publish(by=lena).version
    RuleSetServing.objects.update(seen_at=timezone.now() - timedelta(minutes=2))

    (one,) = processes()
    assert (one.is_current, one.is_gone) == (False, True)
    assert version_in_force() == version
