"""Which version of the rules this process judges by. It changes while calls run: each takes it once and names its version.

Publishing, beside this, says which one that is (`rules.publishing.watch`).
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Final

from rules.engine.compile import compile_plan
from rules.engine.errors import RulesNotPublished
from rules.engine.plan import Plan
from rules.engine.ruleset import RuleSet

DAYS_KEPT: Final = 3  # today, the day before for a run over midnight, and one that somebody asks for


class Rules:
    """One version: its rules, and for each day a plan, compiled when first asked for."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set
        self._plans: OrderedDict[date, Plan] = OrderedDict()
        self._mutex = threading.Lock()

    def plan(self, today: date) -> Plan:
        known = self._plans.get(today)
        if known is not None:
            return known
        with self._mutex:
            if today not in self._plans:
                self._plans[today] = compile_plan(self.rule_set, today)
                while len(self._plans) > DAYS_KEPT:
                    self._plans.popitem(last=False)
            return self._plans[today]

    def _renew_lock(self) -> None:
        self._mutex = threading.Lock()


_mutex = threading.RLock()
_live: Rules | None = None
_is_following = False
_follow: Callable[[], bool] | None = None


def live() -> Rules:
    """The version in force, rules and plans of one piece. Raises RulesNotPublished where there is none that this process can read."""
    rules = _live if _is_following else _first()
    if rules is None:
        raise RulesNotPublished
    return rules


def live_rules() -> RuleSet:
    return live().rule_set


def live_plan(today: date) -> Plan:
    """The plan of the version in force for a day, compiled once in each process. Its rules: `live().rule_set`, taken together."""
    return live().plan(today)


def switch_to(rules: Rules | None) -> None:
    """From here on calls get these; those under way end with the ones that they took."""
    global _live
    _live = rules


def loaded() -> Rules | None:
    """What calls get now, without looking."""
    return _live


def at_first_use(follow: Callable[[], bool]) -> None:
    """Who is told that rules are needed: it switches, and answers whether it goes on following by itself or must be asked again."""
    global _follow
    _follow = follow


def forget() -> None:
    """Start again as a fresh process would."""
    global _live, _is_following
    with _mutex:
        _live, _is_following = None, False


def _first() -> Rules | None:
    global _is_following
    with _mutex:
        if not _is_following and _follow is not None:
            _is_following = _follow()
        return _live


def _new_in_child() -> None:
    """A forked process keeps the rules and must follow by itself: threads and locks are its parent's."""
    global _mutex, _is_following
    _mutex, _is_following = threading.RLock(), False
    if _live is not None:
        _live._renew_lock()


os.register_at_fork(after_in_child=_new_in_child)
