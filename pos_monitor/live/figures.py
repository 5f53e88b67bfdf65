"""Counts, worst first and groups, kept for each thing that some viewer looks at: two viewers with one filter cost what one costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from pos_monitor.live import summary, watch
from pos_monitor.live.protocol import Look, Worst, WorstRow
from pos_monitor.live.roster import Scope

if TYPE_CHECKING:
    from pos_monitor.live.hub import Hub
    from pos_monitor.live.viewer import Viewer

KINDS: Final = ("counts", "worst", "groups")
EVERY: Final = {"counts": 1, "worst": 2, "groups": 2}  # rounds: what is long is sent less often
Key = tuple[Scope, Look]


class Figures:
    """texts: what was sent last of each thing that is looked at, by kind."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._viewers: dict[Key, set[Viewer]] = {}
        self._texts: dict[Key, dict[str, str]] = {}
        self._keys: dict[Viewer, Key] = {}
        self._new: set[Key] = set()
        self._round = 0

    def follow(self, viewer: Viewer) -> None:
        """This viewer's look is another: it gets the figures of the new one, at once where somebody looks at the same."""
        self.forget(viewer)
        if not viewer.look.wants & {*KINDS}:
            return
        key = (viewer.seat.scope, viewer.look)
        self._keys[viewer] = key
        self._viewers.setdefault(key, set()).add(viewer)
        if key in self._texts:
            for kind, text in self._texts[key].items():
                viewer.offer(kind, text)
        else:
            self._new.add(key)
            self._hub.soon(self._refresh_new)

    def forget(self, viewer: Viewer) -> None:
        key = self._keys.pop(viewer, None)
        if key is not None:
            self._viewers[key].discard(viewer)
            if not self._viewers[key]:
                del self._viewers[key]
                self._texts.pop(key, None)
                self._new.discard(key)

    async def round(self) -> None:
        self._round += 1
        kinds = frozenset(kind for kind in KINDS if self._round % EVERY[kind] == 0)
        await self._refresh([key for key in self._viewers if key not in self._new], kinds)

    async def _refresh_new(self) -> None:
        keys, self._new = list(self._new), set()
        await self._refresh(keys, frozenset(KINDS))

    async def _refresh(self, keys: list[Key], kinds: frozenset[str]) -> None:
        """Reckon these, ask once for what the database knows of all their worst, and send what is another than before."""
        roster, cells = self._hub.roster, self._hub.board.cells
        found: dict[Key, dict[str, Any]] = {}
        for key in keys:
            scope, look = key
            selection = summary.select(roster, cells, look.filter, scope)
            found[key] = {kind: self._reckon(kind, selection, look) for kind in kinds & look.wants}
        numbers = {int(number) for parts in found.values() for number in parts.get("worst", (0, ()))[1]}
        troubles = await self._hub.in_thread(lambda: watch.troubles_of(numbers)) if numbers else {}
        for key, parts in found.items():
            if "worst" in parts:
                parts["worst"] = self._rows(key[1], parts["worst"], troubles)
            self._tell(key, parts)

    def _reckon(self, kind: str, selection: summary.Selection, look: Look) -> Any:
        if kind == "counts":
            return summary.counts(selection)
        if kind == "groups":
            return summary.groups(selection, self._hub.roster, look.by)
        return summary.worst(selection, look.page)

    def _rows(self, look: Look, worst: tuple[int, Any], troubles: dict[int, watch.Trouble]) -> Worst:
        cells, none = self._hub.board.cells, watch.Trouble(0, "", "", "")
        total, numbers = worst
        rows = [WorstRow(int(number), int(cells[number]), *troubles.get(int(number), none)) for number in numbers]
        return Worst(page=look.page, total=total, rows=rows)

    def _tell(self, key: Key, parts: dict[str, Any]) -> None:
        viewers = self._viewers.get(key)
        if viewers is None:  # nobody looks at it any more
            return
        texts = self._texts.setdefault(key, {})
        for kind, message in parts.items():
            text = msgspec.json.encode(message).decode()
            if texts.get(kind) != text:
                texts[kind] = text
                for viewer in viewers:
                    viewer.offer(kind, text)
