"""A version's rules out of the store: verified, compiled and tried on its golden customers before anybody judges by them."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import Final

from rules.engine import live
from rules.engine.live import Rules
from rules.models import RuleSetVersion
from rules.publishing import files
from rules.publishing.golden import self_test
from rules.publishing.rule_file import read_rule_file

VERSIONS_KEPT: Final = 3
_mutex = threading.Lock()
_kept: OrderedDict[str, Rules] = OrderedDict()


def load(version: RuleSetVersion) -> Rules:
    """The version, ready to judge. Raises RuleFileUnusable or SelfTestFailed, which say what is wrong."""
    file = read_rule_file(files.read(version.sha256), number=version.number)
    self_test(file)
    return Rules(file.rule_set)


def rules_of(version: RuleSetVersion) -> Rules:
    """The version, whether or not it is in force: what a run pinned, or a result was judged by. Loaded once in each process."""
    in_force = live.loaded()
    if in_force is not None and in_force.rule_set.sha256 == version.sha256:
        return in_force
    with _mutex:
        if version.sha256 not in _kept:
            _kept[version.sha256] = load(version)
            while len(_kept) > VERSIONS_KEPT:
                _kept.popitem(last=False)
        return _kept[version.sha256]


def forget() -> None:
    """Start again as a fresh process would."""
    with _mutex:
        _kept.clear()


def _new_in_child() -> None:
    global _mutex
    _mutex = threading.Lock()


os.register_at_fork(after_in_child=_new_in_child)
