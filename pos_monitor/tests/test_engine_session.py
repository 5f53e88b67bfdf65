from __future__ import annotations

import pytest
from django.db import connection

from merchants.models import Merchant
from pos_monitor.engine import progress
from pos_monitor.tests.engine_samples import a_report, a_shift, send, stored
from pos_monitor.tests.estate_samples import a_terminal


@pytest.mark.django_db(transaction=True)
def test_a_shard_outlives_its_session_and_has_one_writer(acme: Merchant) -> None:
    till = a_terminal(acme).pk
    session = progress.hold(0, is_over=lambda: False)
    assert session is not None
    with a_shift(session) as shift:
        send(a_report(till, 1))
        shift.tick()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])
        send(a_report(till, 2))
        shift.tick()
        assert shift.committer.connection is not session

        asked = iter([False, False, True])
        assert progress.hold(0, is_over=lambda: next(asked), pause_s=0.01) is None
        send(a_report(till, 2), a_report(till, 3))
        shift.tick()
        shift.committer.connection.close()

    second = progress.hold(0, is_over=lambda: False)
    assert second is not None
    with second, a_shift(second) as after:
        send(a_report(till, 3), a_report(till, 4))
        after.tick()

    assert stored() == [(till, 1, 1), (till, 1, 2), (till, 1, 3), (till, 1, 4)]
