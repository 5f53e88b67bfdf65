"""A text that was judged before is not encoded again, by no process, under one model and taxonomy."""

from __future__ import annotations

import pytest
import redis

from eligibility.classifier import TitleItem, cache, classify, predict
from eligibility.classifier.model import MODEL_DIR, load_model
from eligibility.classifier.prediction import pack, unpack
from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.taxonomy import taxonomy

KNEE = TitleItem(title="Knee Brace with Hinges, Large")


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


@pytest.fixture(autouse=True)
def _a_process_that_knows_nothing():
    cache.forget()
    cache._redis.forgive()


@pytest.fixture
def encoded(monkeypatch):
    """Every text that was encoded, in order."""
    seen: list[str] = []
    encode = predict.encode
    monkeypatch.setattr(predict, "encode", lambda texts: (seen.extend(texts), encode(texts))[1])
    return seen


def another_process():
    cache.forget()


def test_another_process_reads_what_this_one_judged(encoded):
    first = classify([KNEE])
    another_process()

    again = classify([KNEE])

    assert again == first
    assert encoded == ["Knee Brace with Hinges, Large"]


def test_a_batch_encodes_each_new_text_once(encoded):
    classify([KNEE])
    another_process()

    classify([KNEE, TitleItem(title="Wrist Splint"), TitleItem(title=" Wrist  Splint "), KNEE])

    assert encoded == ["Knee Brace with Hinges, Large", "Wrist Splint"]


def test_without_redis_titles_are_judged_all_the_same(encoded, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    cold = classify([KNEE])

    assert cold == classify([KNEE])
    assert encoded == ["Knee Brace with Hinges, Large"]
    assert [record.levelname for record in caplog.records if "not shared" in record.message] == ["WARNING"]


def test_another_taxonomy_is_another_answer(encoded, monkeypatch):
    classify([KNEE])
    another_process()
    monkeypatch.setattr(cache, "taxonomy", lambda: type("Other", (), {"version": "other"}))

    classify([KNEE])

    assert len(encoded) == 2


def test_what_is_kept_is_small_and_in_time_forgotten(settings):
    classify([KNEE])

    client = redis.from_url(settings.REDIS_URL)
    [key] = client.keys("judged:*")
    assert len(client.get(key)) < 250
    assert 0 < client.ttl(key) <= cache.KEPT_S


@pytest.mark.parametrize(
    "damage", [lambda kept: kept[:9], lambda kept: b"", lambda kept: b"\x00" + kept[1:], lambda kept: b"\xff" * 40]
)
def test_what_cannot_be_read_is_judged_anew(encoded, settings, damage):
    first = classify([KNEE])
    client = redis.from_url(settings.REDIS_URL)
    [key] = client.keys("judged:*")
    client.set(key, damage(client.get(key)))
    another_process()

    assert classify([KNEE]) == first
    assert len(encoded) == 2


def test_every_prediction_comes_back_as_it_was():
    model = load_model(MODEL_DIR, taxonomy())
    columns = {code: at for at, code in enumerate(model.codes)}
    made = classify([TitleItem(title=title) for title in ("", "Amoxicillin 500 mg (Rx)", "Vitamin C", "Blue", "Aspirin 81 mg")])

    assert [unpack(pack(one, columns), model.codes, model.version) for one in made] == made
    assert all(len(one.top) == 5 and one.top[0][1] >= one.top[4][1] for one in made)
