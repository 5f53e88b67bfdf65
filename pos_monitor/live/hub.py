"""The hub: one in each web process, from the first viewer until a while after the last. It hears the engines once, whatever the number of viewers,
encodes each frame once, and leaves it to each viewer how fast it takes them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from pos_monitor.live import admission, watch
from pos_monitor.live.admission import NotAdmitted, Seat
from pos_monitor.live.board import Board, Numbers
from pos_monitor.live.close_look import CloseLook
from pos_monitor.live.engines import Engines
from pos_monitor.live.figures import Figures
from pos_monitor.live.protocol import Health, Hello, Look, Reload, Terminals
from pos_monitor.live.pulse import Pulse
from pos_monitor.live.roster import Roster, Scope, keeper
from pos_monitor.live.scoped import ScopedFrames
from pos_monitor.live.viewer import Send, Viewer, text_of
from pos_monitor.wire.frames import Frame

logger = logging.getLogger(__name__)
FRAME_S: Final = 0.24  # between two frames to viewers: an engine's tick, and a little less, so that none waits for the next
QUIET_FRAME_S: Final = 1.0  # when nothing changed: only how fresh that knowledge is
FIGURES_S: Final = 1.0
ESTATE_S: Final = 2.0
INCIDENTS_S: Final = 2.0
SEATS_S: Final = 5.0
HEALTH_S: Final = 2.0
LINGER_S: Final = 60.0  # after the last viewer; whoever reloads the page meets a hub that knows everything
MOST_VIEWERS: Final = 2000
MOST_OF_ONE: Final = 250  # sockets of one person: every wall of a house may show one sign-in
MOST_CHANGES: Final = 1000  # terminals that change at once; beyond it the list is fetched anew

T = TypeVar("T")


class HubFull(Exception):
    """More viewers than one process, or one person, may have."""


class Hub:
    """Everything here runs in one event loop; the database is asked in threads beside it."""

    def __init__(self) -> None:
        self.board = Board()
        self.engines = Engines(self.board, self._heard, self.in_thread)
        self.viewers: set[Viewer] = set()
        self.focus = CloseLook(self.soon)
        self.figures = Figures(self)
        self.frames: dict[Scope, ScopedFrames] = {}
        self.incidents: dict[Scope, str] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="fleet hub")
        self._tasks: list[asyncio.Task[None]] = []
        self._asides: set[asyncio.Task[None]] = set()
        self._left_at = 0.0
        self._turned_at = 0.0
        self._turn_is_due: asyncio.TimerHandle | None = None
        self._dirty = False
        self._pulse = Pulse()
        self._health_said = ""

    @property
    def roster(self) -> Roster:
        return keeper().roster

    # --- Viewers ---------------------------------------------------------------------------------------------------
    async def join(self, send: Send, session_key: str, *, is_wall: bool) -> Viewer:
        """Seat a viewer. Raises NotAdmitted, HubFull."""
        self._left_at = time.monotonic()
        seat: Seat = await self.in_thread(lambda: admission.seat_of(session_key, is_wall=is_wall))
        of_one = sum(viewer.seat.user_pk == seat.user_pk for viewer in self.viewers)
        if len(self.viewers) >= MOST_VIEWERS or of_one >= MOST_OF_ONE:
            raise HubFull
        await self._start()
        if seat.scope not in self.frames:
            self.frames[seat.scope] = ScopedFrames(self.board, seat.scope)
            self._turn_scope(self.frames[seat.scope])
        viewer = Viewer(send, seat, session_key, is_wall=is_wall, frames=self.frames[seat.scope])
        self.viewers.add(viewer)
        self._greet(viewer)
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Safe to repeat."""
        self.viewers.discard(viewer)
        self.focus.set(viewer, frozenset())
        self.figures.forget(viewer)
        self._left_at = time.monotonic()
        if not any(other.seat.scope == viewer.seat.scope for other in self.viewers):
            self.frames.pop(viewer.seat.scope, None)
            self.incidents.pop(viewer.seat.scope, None)

    def look(self, viewer: Viewer, look: Look) -> None:
        """The page shows something else: it gets that at once."""
        viewer.begin(look)
        viewer.offer_cells()
        self.figures.follow(viewer)
        if "incidents" in look.wants and viewer.seat.scope in self.incidents:
            viewer.offer("incidents", self.incidents[viewer.seat.scope])

    def have(self, viewer: Viewer, revision: int) -> None:
        """The browser has the list of terminals of this revision: tell what is another since."""
        roster = self.roster
        if text := self._changes(roster, roster.changed_after(revision, viewer.seat.scope), viewer.seat.scope):
            viewer.patch(text, roster.revision)

    def close_look(self, viewer: Viewer, numbers: frozenset[int]) -> None:
        mask = self.roster.mask(viewer.seat.scope)
        allowed = numbers if mask is None else frozenset(n for n in numbers if n < len(mask) and mask[n])
        self.focus.set(viewer, allowed)

    def _greet(self, viewer: Viewer) -> None:
        roster, seat = self.roster, viewer.seat
        n_terminals = len(roster.numbers) if seat.scope is None else int(roster.mask(seat.scope)[roster.numbers].sum())  # type: ignore[index]
        hello = Hello(
            revision=roster.revision, terminals=n_terminals, server_ms=now_ms(), until_ms=seat.until_ms,
            idle_s=0 if viewer.is_wall else seat.idle_s,
        )  # fmt: skip
        viewer.offer("hello", text_of(hello))
        viewer.offer("health", text_of(self.health()))

    # --- What comes in ---------------------------------------------------------------------------------------------
    def _heard(self, frame: Frame) -> None:
        self._pulse.heard(frame.header)
        self._dirty = self._dirty or len(frame.numbers) > 0
        for record in frame.focused:
            self.focus.tell(record)
        wait = FRAME_S if self._dirty else QUIET_FRAME_S
        due_s = self._turned_at + wait - time.monotonic()
        if due_s <= 0:
            self._turn()
        elif self._turn_is_due is None and self._dirty:
            self._turn_is_due = asyncio.get_running_loop().call_later(due_s, self._turn)

    def _turn(self) -> None:
        """Close a version of the board and let every viewer have it."""
        if self._turn_is_due is not None:
            self._turn_is_due.cancel()
            self._turn_is_due = None
        self._turned_at, self._dirty = time.monotonic(), False
        self.board.turn()
        for frames in self.frames.values():
            self._turn_scope(frames)
        for viewer in self.viewers:
            viewer.offer_cells()

    def _turn_scope(self, frames: ScopedFrames) -> None:
        now = now_ms()
        frames.turn(self.roster, made_ms=now, freshest_ms=self._pulse.freshest_ms, behind_ms=self._pulse.behind_ms(now))

    def health(self) -> Health:
        """How the way to the engines is now."""
        return Health(is_connected=self.engines.is_connected, shards=self._pulse.shards(self.engines.last_frame_s))

    # --- What is done again and again ------------------------------------------------------------------------------
    async def _start(self) -> None:
        if self._tasks:
            return
        await self.in_thread(keeper().refresh)
        if self._tasks:  # somebody else came while we waited
            return
        rounds: tuple[tuple[Callable[[], Coroutine[Any, Any, None]], float], ...] = (
            (self._follow_estate, ESTATE_S), (self._follow_incidents, INCIDENTS_S), (self._check_seats, SEATS_S),
            (self.figures.round, FIGURES_S), (self.focus.renew, CloseLook.RENEW_S), (self._say_health, HEALTH_S),
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self.engines.run()), *(loop.create_task(self._again(*each)) for each in rounds)]

    async def _again(self, work: Callable[[], Coroutine[Any, Any, None]], pause_s: float) -> None:
        while True:
            try:
                await work()
            except (DatabaseError, RedisError, OSError) as error:
                logger.warning("screens wait for the next round: %s", error)
            except Exception:
                logger.exception("a round of the hub failed")
            await asyncio.sleep(pause_s)
            if not self.viewers and time.monotonic() - self._left_at > LINGER_S:
                return self.stop()

    def stop(self) -> None:
        """End all tasks. What is not followed is not known: a viewer who comes later gets a new hub."""
        for task in self._tasks:
            task.cancel()
        self._threads.shutdown(wait=False)
        for loop in [loop for loop, one in _hubs.items() if one is self]:
            del _hubs[loop]

    async def _follow_estate(self) -> None:
        before = self.roster
        roster = await self.in_thread(keeper().refresh)
        if roster is before:
            return
        for scope, frames in self.frames.items():
            self._turn_scope(frames)
            text = self._changes(roster, roster.changed_since(before, scope), scope)
            for viewer in self.viewers:
                if text and viewer.seat.scope == scope:
                    viewer.patch(text, roster.revision)
        for viewer in self.viewers:
            viewer.offer_cells()

    def _changes(self, roster: Roster, numbers: Numbers, scope: Scope) -> str:
        """What to tell of terminals that are another; nothing if there is none."""
        if len(numbers) > MOST_CHANGES:
            return text_of(Reload(revision=roster.revision))
        return text_of(Terminals(revision=roster.revision, rows=roster.rows(numbers, scope))) if len(numbers) else ""

    async def _follow_incidents(self) -> None:
        for scope in list(self.frames):
            text = text_of(await self.in_thread(lambda scope=scope: watch.incidents(scope)))  # type: ignore[misc]
            if text != self.incidents.get(scope):
                self.incidents[scope] = text
                for viewer in self.viewers:
                    if viewer.seat.scope == scope and "incidents" in viewer.look.wants:
                        viewer.offer("incidents", text)

    async def _check_seats(self) -> None:
        """Who is signed out, or whose role no longer shows the fleet, sees nothing more."""
        seats = {(viewer.session_key, viewer.is_wall) for viewer in self.viewers}
        for session_key, is_wall in seats:
            try:
                seat = await self.in_thread(lambda k=session_key, w=is_wall: admission.seat_of(k, is_wall=w))  # type: ignore[misc]
                refused = None
            except NotAdmitted as error:
                seat, refused = None, error
            for viewer in [one for one in self.viewers if (one.session_key, one.is_wall) == (session_key, is_wall)]:
                if refused is not None:
                    viewer.end(refused.code, str(refused))
                elif seat is not None and seat.scope != viewer.seat.scope:
                    viewer.end(1012, "What you may see has changed.")

    async def _say_health(self) -> None:
        text = text_of(self.health())
        if text != self._health_said:
            self._health_said = text
            for viewer in self.viewers:
                viewer.offer("health", text)

    def soon(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this once, beside what is under way."""
        task = asyncio.get_running_loop().create_task(self._once(work))
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def _once(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except (DatabaseError, RedisError, OSError) as error:
            logger.warning("screens wait for the next round: %s", error)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Ask the database beside the loop; its connection goes back to the pool at once."""

        def ask() -> T:
            try:
                return work()
            finally:
                connection.close()

        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop: a web process has one of each."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
