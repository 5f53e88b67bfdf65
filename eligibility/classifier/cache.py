"""What was judged before: an identical text under one model is never encoded twice, whichever process saw it first.

A small memory of this process in front, Redis behind it for all of them. Redis being away only costs time.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from eligibility.classifier.prediction import Prediction, pack, unpack
from eligibility.taxonomy import taxonomy

if TYPE_CHECKING:
    from eligibility.classifier.model import Model

logger = logging.getLogger(__name__)
LOCAL_SIZE = 20_000  # predictions, about 1.5 kB each
KEPT_S = 14 * 24 * 3600  # a title that nobody sold for two weeks is encoded anew
PAUSE_AFTER_FAILURE_S = 5

_lock = threading.Lock()
_local: OrderedDict[tuple[str, str], Prediction] = OrderedDict()
_paused_until = 0.0


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
    if (client := _client()) is None:
        return
    try:
        pipeline = client.pipeline(transaction=False)
        for text, prediction in made.items():
            pipeline.set(_key(model, text), pack(prediction, columns), ex=KEPT_S)
        pipeline.execute()
    except redis.RedisError as error:
        _pause(error)


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
    if (client := _client()) is None:
        return {}
    try:
        kept = cast(list[bytes | None], client.mget([_key(model, text) for text in texts]))
    except redis.RedisError as error:
        _pause(error)
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


def _client() -> redis.Redis | None:
    return None if time.monotonic() < _paused_until else _connected(settings.REDIS_URL)


@lru_cache(maxsize=1)
def _connected(url: str) -> redis.Redis:
    return redis.from_url(url, socket_timeout=settings.REDIS_TIMEOUT_S, socket_connect_timeout=settings.REDIS_TIMEOUT_S,
                          retry=Retry(NoBackoff(), 0))  # fmt: skip


def _pause(error: redis.RedisError) -> None:
    global _paused_until
    _paused_until = time.monotonic() + PAUSE_AFTER_FAILURE_S
    logger.warning("judged titles are not shared for %s s: %s", PAUSE_AFTER_FAILURE_S, error)
