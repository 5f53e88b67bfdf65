"""What is written as the last thing of a transaction, and what becomes of the transaction if that fails."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction

from common.transactions import before_commit

pytestmark = pytest.mark.django_db(transaction=True)


def failing_writer(items):
    raise RuntimeError(items[0])


@transaction.atomic
def rolled_back(hook):
    transaction.on_commit(hook)
    before_commit(failing_writer, "no")


def test_a_writer_that_fails_leaves_no_commit_hook_behind():
    told: list[str] = []

    with pytest.raises(RuntimeError, match="no"):
        rolled_back(partial(told.append, "of what was rolled back"))
    with transaction.atomic():
        transaction.on_commit(partial(told.append, "of what stands"))

    assert told == ["of what stands"]
