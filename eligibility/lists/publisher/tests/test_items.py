"""Made-up products: right codes, no two alike, the same for the same seed."""

from __future__ import annotations

from eligibility.gtin import gtin14
from eligibility.lists.publisher.items import Items
from eligibility.taxonomy import taxonomy

ITEMS = Items(seed=1)


def test_every_gtin_is_right_and_none_comes_twice():
    codes = [ITEMS.gtin(number) for number in range(30_000)]

    assert [code for code in codes if gtin14(code) is None] == []
    assert len({gtin14(code) for code in codes}) == 30_000
    assert {len(code) for code in codes} == {8, 12, 13, 14}


def test_gtins_stand_where_no_product_in_trade_does():
    for number in range(3_000):
        code = ITEMS.gtin(number)
        restricted = {8: code[:1] == "2", 12: code[:1] == "4", 13: code[:1] == "2", 14: code[1:4] == "044" or code[1:3] == "04"}
        assert restricted[len(code)], code


def test_codes_far_beyond_the_list_are_others():
    near, far = ({ITEMS.gtin(number).zfill(14) for number in range(start, start + 5_000)} for start in (0, 5_000_000))

    assert not near & far


def test_the_same_seed_brings_the_same_products_and_another_brings_others():
    again, other = Items(seed=1), Items(seed=2)

    assert [again.record(number) for number in range(500)] == [ITEMS.record(number) for number in range(500)]
    assert not {other.gtin(number) for number in range(500)} & {ITEMS.gtin(number) for number in range(500)}


def test_what_they_are_fits_the_taxonomy_and_a_list():
    known = taxonomy().by_code
    records = [ITEMS.record(number) for number in range(5_000)]

    assert {record.status for record in records} == {"eligible", "rx", "letter"}
    for record in records:
        category = known[record.category_code]
        assert (record.status, record.bucket, record.rx_flag) == (category.status, category.bucket, category.status == "rx")
    assert len({record.category_code for record in records}) > 100


def test_hardly_two_read_alike():
    texts = {(record.brand, record.description, record.size) for record in map(ITEMS.record, range(0, 200_000, 10))}

    assert len(texts) > 19_800
