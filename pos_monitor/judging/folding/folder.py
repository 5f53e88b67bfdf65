"""Folding, tick by tick: what a judge tells becomes news of incidents.

When the first alert of a mass failure is due, the others are late already: they are looked at before their own alerts are there, so
that one incident is opened at once, and later ones join it. Decisions are safe to make in several engines: an incident is known by rule,
scope and key, and alerts that were opened singly move when a wider one is found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.folded import Folded, FoldedIncident
from pos_monitor.judging.folding.book import ALONE, WINDOW_MS, Book
from pos_monitor.judging.folding.groups import Alike, explain
from pos_monitor.judging.folding.labels import Labels
from pos_monitor.judging.judge import Judge
from pos_monitor.judging.transitions import Changes, Note
from pos_monitor.judging.work import Work

Index = NDArray[np.intp]
Homes = Iterable[tuple[tuple[int, str, str], Index, NDArray[np.int64]]]  # (rule, scope, scope_key), terminals, began_ms
LOOK_AGAIN_MS: Final = 10_000  # how long it holds what terminals have in common
QUIET: Final = Note.MAINTENANCE | Note.SNOOZED
BREADTHS: Final = {"terminal": 0, "store": 1, "merchant": 2, "region": 3, "network_operator": 4, "version": 5, "fleet": 6}


@dataclass(frozen=True)
class WideElsewhere:
    """An open incident of a group, as the database has it. `open_elsewhere`: its open alerts of other shards."""

    rule: int
    scope: str
    scope_key: str
    first_ms: int
    last_ms: int
    open_elsewhere: int


class Folder:
    """Folds for one judge. Not thread-safe, as the judge is not."""

    def __init__(self, judge: Judge, labels: Labels) -> None:
        self.judge = judge
        self.labels = labels
        self.books: dict[int, Book] = {}
        self._alike: Alike | None = None
        self._looked_ms = 0
        self._plan = judge.plan
        self._sizes: dict[int, dict[str, Index]] = {}

    def fold(self, changes: Changes, now_ms: int) -> Folded:
        """News of incidents: for `alerts.store`."""
        for rule in np.unique(changes.cleared["rule"]):
            self._book(int(rule)).clear(changes.cleared["terminal"][changes.cleared["rule"] == rule].astype(np.intp))
        told: list[FoldedIncident] = []
        for rule in np.unique(changes.opened["rule"]):
            told += self._fold(self.judge.works[int(rule)], changes.opened[changes.opened["rule"] == rule], now_ms)
        return Folded(told, changes.cleared)

    def let_go(self, terminals: Index, rules: NDArray[np.integer]) -> None:
        """Somebody ended these alerts by hand, each: [n]."""
        for rule in np.unique(rules):
            self._book(int(rule)).clear(terminals[rules == rule])

    def recall(self, homes: Homes) -> None:
        """After a start: in which incidents the open alerts are, as the database has it."""
        self.books = {}
        for (rule, scope, key), terminals, began_ms in homes:
            known = terminals < self.judge.size
            if known.any():
                self._put_home(rule, scope, key, terminals[known], began_ms[known])

    def learn(self, wides: Iterable[WideElsewhere]) -> None:
        """Of open incidents of groups that other shards opened or grew: our alerts may join them."""
        heard: dict[int, set[int]] = {}
        for each in wides:
            if each.rule not in self.judge.works:
                continue
            book = self._book(each.rule)
            column, value = self.labels.value(each.scope, each.scope_key)
            began = np.array([each.first_ms, each.last_ms])
            number = book.begin(each.scope, column, value, began)
            wide = book.wides[number]
            wide.first_ms, wide.last_ms = min(wide.first_ms, each.first_ms), max(wide.last_ms, each.last_ms)
            wide.elsewhere = each.open_elsewhere
            wide.peak = max(wide.peak, book.open_count(number))
            heard.setdefault(each.rule, set()).add(number)
        for rule, book in self.books.items():
            book.forget_elsewhere(heard.get(rule, set()))

    def _put_home(self, rule: int, scope: str, key: str, terminals: Index, began_ms: NDArray[np.int64]) -> None:
        book = self._book(rule)
        if scope == "terminal":
            book.home[terminals] = ALONE
            return
        column, value = self.labels.value(scope, key)
        book.put(book.begin(scope, column, value, began_ms), terminals, began_ms)

    def _fold(self, work: Work, opened: NDArray[np.void], now_ms: int) -> list[FoldedIncident]:
        book = self._book(work.watch.spec.rule)
        alike = self._look(now_ms)
        told: list[FoldedIncident] = []
        left = self._absorb(work, book, alike, opened, told)
        while len(left):
            middle = int(np.median(left["began_ms"]))
            near = np.abs(left["began_ms"] - middle) <= WINDOW_MS
            near |= not near.any()  # the median of two lies between them: then all are looked at as one
            cluster, left = left[near], left[~near]
            self._explain(work, book, alike, cluster, middle, now_ms, told)
        return told

    def _absorb(
        self, work: Work, book: Book, alike: Alike, opened: NDArray[np.void], told: list[FoldedIncident]
    ) -> NDArray[np.void]:
        """What open incidents of groups take in; -> the others."""
        left = opened
        for number in sorted(book.wides, key=lambda each: BREADTHS[book.wides[each].scope]):
            if not len(left):
                break
            wide = book.wides[number]
            joins = wide.members(alike, left["terminal"].astype(np.intp)) & wide.takes(left["began_ms"])
            if joins.any() and book.is_growing(number):
                told.append(self._wide(work, book, number, left[joins]))
                left = left[~joins]
        return left

    def _explain(
        self,
        work: Work,
        book: Book,
        alike: Alike,
        cluster: NDArray[np.void],
        middle: int,
        now_ms: int,
        told: list[FoldedIncident],
    ) -> None:
        """Alerts that began at about the same time: by what they have in common with all that is in trouble, else each alone."""
        troubled = self._troubled(work, cluster, middle, now_ms)
        for group in explain(troubled, alike, self._sizes_of(work, alike)) if len(troubled) > 1 else ():
            terminals = cluster["terminal"].astype(np.intp)
            members = group.members(alike, terminals)
            if not members.any():
                continue
            column = group.dimension.column
            value = int(alike.keys[column][group.code])
            number = book.begin(group.dimension.scope, column, value, cluster["began_ms"][members])
            moved = self._moved(work, book, troubled[group.members(alike, troubled)], BREADTHS[group.dimension.scope])
            told.append(self._wide(work, book, number, np.concatenate([cluster[members], moved])))
            cluster = cluster[~members]
        for row in cluster:
            told.append(self._single(work, book, row))

    def _troubled(self, work: Work, cluster: NDArray[np.void], middle: int, now_ms: int) -> Index:
        numbers, began = work.watcher.trouble(now_ms, work.ledger)
        known = numbers[np.abs(began - middle) <= WINDOW_MS]
        return np.union1d(known, cluster["terminal"]).astype(np.intp)

    def _moved(self, work: Work, book: Book, members: Index, breadth: int) -> NDArray[np.void]:
        """Those of a group whose alert is open already in a narrower incident."""
        homes = book.home[members]
        narrower = [ALONE, *(number for number, wide in book.wides.items() if BREADTHS[wide.scope] < breadth)]
        there = members[np.isin(homes, narrower) & work.ledger.is_open[members]]
        return work.rows(there, work.ledger.bad_ms[there])

    def _wide(self, work: Work, book: Book, number: int, rows: NDArray[np.void]) -> FoldedIncident:
        terminals = rows["terminal"].astype(np.intp)
        left = np.unique(book.home[terminals])
        book.put(number, terminals, rows["began_ms"])
        for emptied in left[(left > ALONE) & (left != number)]:
            if not book.open_count(int(emptied)):
                del book.wides[int(emptied)]
        wide = book.wides[number]
        title = self.labels.title(work.watch.spec.name, wide.column, wide.value, int(terminals[0]))
        return self._told(work, wide.scope, self.labels.key(wide.column, wide.value), title, rows)

    def _single(self, work: Work, book: Book, row: np.void) -> FoldedIncident:
        terminal = int(row["terminal"])
        book.home[terminal] = ALONE
        return self._told(work, "terminal", str(terminal), self.labels.single(work.watch.spec.name, terminal), row.reshape(1))

    def _told(self, work: Work, scope: str, key: str, title: str, rows: NDArray[np.void]) -> FoldedIncident:
        merchants = np.unique(self.judge.plan.fleet.merchant[rows["terminal"]])
        return FoldedIncident(
            rule=work.watch.spec.rule,
            scope=scope,
            scope_key=key,
            title=title,
            alerts=rows,
            merchant=int(merchants[0]) if len(merchants) == 1 else None,
            is_muted=bool(((rows["notes"] & QUIET) != 0).all()),
            is_flapping=bool(((rows["notes"] & Note.FLAPPING) != 0).all()),
        )

    def _book(self, rule: int) -> Book:
        book = self.books.setdefault(rule, Book(self.judge.size))
        book.grow(self.judge.size)
        return book

    def _look(self, now_ms: int) -> Alike:
        """What terminals have in common, now and then anew: versions come with reports."""
        if self._alike is None or now_ms - self._looked_ms >= LOOK_AGAIN_MS or self._plan is not self.judge.plan:
            fleet, clocks = self.judge.plan.fleet, self.judge.clocks
            size = len(fleet)
            columns = {name: getattr(fleet, name) for name in ("store", "merchant", "operator", "region")}
            columns |= {"app": clocks.app[:size], "firmware": clocks.firmware[:size], "fleet": np.ones(size, np.int64)}
            self._alike, self._looked_ms, self._plan, self._sizes = Alike(columns), now_ms, self.judge.plan, {}
        return self._alike

    def _sizes_of(self, work: Work, alike: Alike) -> dict[str, Index]:
        rule = work.watch.spec.rule
        if rule not in self._sizes:
            self._sizes[rule] = alike.sizes(work.watcher.expected(self.judge.clocks))
        return self._sizes[rule]
