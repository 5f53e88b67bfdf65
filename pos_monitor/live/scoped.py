"""Frames of cells for all viewers of one scope: each is encoded once, however many have the same version."""

from __future__ import annotations

from typing import Final

import numpy as np

from pos_monitor.live.board import Board, Mask, encode_cells
from pos_monitor.live.protocol import CHANGES, WHOLE
from pos_monitor.live.roster import Roster, Scope

A_WHOLE_IS_LESS: Final = 4  # when more than one in so many changed, a whole frame, which is deflated, is shorter


class ScopedFrames:
    """scope: merchants whose cells go out; None: all. `turn` begins a version of the board."""

    def __init__(self, board: Board, scope: Scope) -> None:
        self.board, self.scope, self.version = board, scope, -1
        self._encoded: dict[int, bytes | None] = {}
        self._roster: Roster | None = None
        self._mask: Mask | None = None
        self._whole_before = 0
        self._times = (0, 0, 0)

    def turn(self, roster: Roster, *, made_ms: int, freshest_ms: int, behind_ms: int) -> None:
        """The board has a new version, or its age is another. A scope that holds other terminals than before is sent whole."""
        if roster is not self._roster:
            self._roster, before = roster, self._mask
            self.board.grow(len(roster.columns["number"]))
            self._mask = roster.mask(self.scope)
            if self._mask is not None and not np.array_equal(self._mask, before):  # type: ignore[arg-type]
                self._whole_before = self.board.turn()  # a version that nobody has yet
        self.version, self._times = self.board.version, (made_ms, freshest_ms, behind_ms)
        self._encoded.clear()

    def since(self, version: int) -> bytes | None:
        """What a viewer at this version lacks: from -1 everything. None before the first turn."""
        if self._roster is None:
            return None
        if version not in self._encoded:
            self._encoded[version] = self._encode(version, self._roster)
        return self._encoded[version]

    def _encode(self, version: int, roster: Roster) -> bytes:
        numbers = self.board.since(max(version, 0), self._mask)
        made_ms, freshest_ms, behind_ms = self._times
        is_whole = version < self._whole_before or version < 0 or len(numbers) * A_WHOLE_IS_LESS > max(len(roster.numbers), 1024)
        if is_whole:
            numbers = self.board.since(0, self._mask)
        kind, cells = WHOLE if is_whole else CHANGES, np.asarray(self.board.cells[numbers])
        return encode_cells(
            kind, numbers, cells, version=self.version, made_ms=made_ms, freshest_ms=freshest_ms, behind_ms=behind_ms
        )
