"""Which model this process decides with. It changes while calls run: each call takes it once and names its version.

The registry, a floor above, says which one that is (`eligibility.registry.watch`); until it does, and in programs that run
without it, the model of the release decides.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from eligibility.classifier.model import MODEL_DIR, Model, load_model
from eligibility.taxonomy import taxonomy

_lock = threading.RLock()
_live: Model | None = None
_is_following = False
_follow: Callable[[], None] | None = None


def live_model() -> Model:
    """The model in force in this process, loaded at first use; raises ModelMissing or ModelBroken where there is none."""
    model = _live
    return model if model is not None and _is_following else _first()


def switch_to(model: Model) -> None:
    """From here on calls get this model; those under way end with the one that they took."""
    global _live
    _live = model


def loaded() -> Model | None:
    """What calls get now, without loading anything."""
    return _live


def at_first_use(follow: Callable[[], None]) -> None:
    """Who is told, once in each process, that a model is needed: it may switch, and go on switching later."""
    global _follow
    _follow = follow


def forget() -> None:
    """Start again as a fresh process would."""
    global _live, _is_following
    with _lock:
        _live, _is_following = None, False


def _first() -> Model:
    global _live, _is_following
    with _lock:
        if not _is_following:
            if _follow is not None:
                _follow()
            _is_following = True
        if _live is None:
            _live = load_model(MODEL_DIR, taxonomy())
        return _live


def _new_in_child() -> None:
    """A forked process keeps the model and must follow by itself: threads and locks are its parent's."""
    global _lock, _is_following
    _lock, _is_following = threading.RLock(), False


os.register_at_fork(after_in_child=_new_in_child)
