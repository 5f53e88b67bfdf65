from __future__ import annotations

import pytest

from common.compiled import Compiled
from common.scopes import ScopeError, scope
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Merchant

pytestmark = pytest.mark.django_db
BY_MERCHANT = Compiled(
    lambda pk, kind: ApiKey.objects.select_related("merchant").filter(merchant_id=pk, kind=kind).order_by("pk"),
    -7,
    "a kind",
    across_merchants="its merchant is an argument",
)


@pytest.fixture
def keys(acme, globex):
    return [
        create_api_key(merchant=m, kind=kind)[0] for m in (acme, globex) for kind in (ApiKey.Kind.SECRET, ApiKey.Kind.PUBLISHABLE)
    ]


def test_the_rows_are_those_of_the_queryset_with_what_belongs_to_them(acme, globex, keys, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = BY_MERCHANT.rows(acme.pk, "secret"), BY_MERCHANT.rows(globex.pk, "publishable")
        assert [row.merchant.name for rows in found for row in rows] == ["Acme", "Globex"]

    assert [rows[0].pk for rows in found] == [keys[0].pk, keys[3].pk]
    assert found[0][0].created_at == keys[0].created_at


def test_first_is_none_where_there_is_nothing(keys):
    assert BY_MERCHANT.first(-1, "secret") is None


def test_a_row_can_be_changed_and_saved_like_any_other(acme, keys):
    row = BY_MERCHANT.first(acme.pk, "secret")
    row.name = "Till"
    row.save()

    assert ApiKey.objects.get(pk=row.pk).name == "Till"


def test_a_query_over_merchants_says_why_or_is_not_compiled_whoever_asks_first(acme, keys):
    unsaid = Compiled(lambda kind: ApiKey.objects.filter(kind=kind), "a kind")

    with scope(merchant=acme), pytest.raises(ScopeError):
        unsaid.rows("secret")
    with scope(merchant=acme):
        assert BY_MERCHANT.first(keys[3].merchant_id, "publishable") == keys[3]


def test_a_stand_in_that_the_query_does_not_use_is_refused():
    with pytest.raises(ValueError, match="does not use"):
        Compiled(lambda pk, unused: Merchant.objects.filter(pk=pk), -7, "unused").rows(1, 2)
