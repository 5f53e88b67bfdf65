"""What was judged before: an identical text under one model is never encoded twice, whichever process saw it first.

A small memory of this process in front, Redis behind it for all of them. Redis being away only costs time.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import redis

from common.redis_spare import SpareRedis
from eligibility.classifier.prediction import Prediction, pack, unpack
from eligibility.taxonomy import taxonomy

if TYPE_CHECKING:
    from eligibility.classifier.model import Model

LOCAL_SIZE = 20_000  # predictions, about 1.5 kB each
KEPT_S = 14 * 24 * 3600  # a title that nobody sold for two weeks is encoded anew

_lock = threading.Lock()
_local: OrderedDict[tuple[str, str], Prediction] = OrderedDict()
_redis = SpareRedis("judged titles are not shared")


def recall(model: Model, texts: Sequence[str]) -> dict[str, Prediction]:
    """Text -> what this model made of it, as far as it is known."""
    found = _recall_local(model, texts)
    missing = [text for text in dict.fromkeys(texts) if text not in found]
    if missing and (shared := _recall_shared(model, missing)):
        _remember_local(model, shared)
        found.update(shared)
    return found


def remember(model: Model, made: Mapping[str, Prediction]) -> None:
    """Keep what this model made of these texts, here and for the other processes."""
    _remember_local(model, made)
    columns = {code: at for at, code in enumerate(model.codes)}

    def share(client: redis.Redis) -> None:
        pipeline = client.pipeline(transaction=False)
        for text, prediction in made.items():
            pipeline.set(_key(model, text), pack(prediction, columns), ex=KEPT_S)
        pipeline.execute()

    _redis.ask(share)


def forget() -> None:
    """Empty this process's memory; what is shared stays, for it names its model."""
    with _lock:
        _local.clear()


def _recall_local(model: Model, texts: Sequence[str]) -> dict[str, Prediction]:
    found: dict[str, Prediction] = {}
    with _lock:
        for text in texts:
            if (prediction := _local.get((model.mark, text))) is not None:
                _local.move_to_end((model.mark, text))
                found[text] = prediction
    return found


def _recall_shared(model: Model, texts: Sequence[str]) -> dict[str, Prediction]:
    kept = cast(list[bytes | None] | None, _redis.ask(lambda client: client.mget([_key(model, text) for text in texts])))
    if kept is None:
        return {}
    opened = {text: unpack(value, model.codes, model.version) for text, value in zip(texts, kept, strict=True) if value}
    return {text: prediction for text, prediction in opened.items() if prediction is not None}


def _remember_local(model: Model, made: Mapping[str, Prediction]) -> None:
    with _lock:
        for text, prediction in made.items():
            _local[model.mark, text] = prediction
        while len(_local) > LOCAL_SIZE:
            _local.popitem(last=False)


def _key(model: Model, text: str) -> bytes:
    """Of the text under this model and this taxonomy, which gives each category its status."""
    return b"judged:" + hashlib.sha256(f"{model.mark}\n{taxonomy().version}\n{text}".encode()).digest()
