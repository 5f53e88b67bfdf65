"""Every account that a sale may touch has words for the merchant."""

from __future__ import annotations

from ledger.models import Account
from portal.sale_rows import ACCOUNT_WORDS


def test_each_kind_of_account_has_words():
    assert set(ACCOUNT_WORDS) == set(Account.Kind)
