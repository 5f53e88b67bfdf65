"""What a browser and we say to each other on `/ws/fleet/`. Opened by the session's cookie, by staff who may view terminals.

**Address**: `/ws/fleet/`, or `/ws/fleet/?wall=1` for a screen on a wall, at which nobody types (see `live.admission`).

**From the browser**, JSON texts of at most MOST_ASKED bytes, told apart by `type`:

- `look`: what the page shows. Replaces what it said before. Nothing is sent of what is not wanted.
- `have`: the revision of the list of terminals that the page has. What changed since comes as `terminals`, or as `reload` when it is much.
- `focus`: terminals that are looked at closely: each of their reports comes at full rate, as `report`. An empty list ends it. At most MOST_FOCUSED.
- `ack`: the version of the newest frame of cells that was drawn, every ACK_EVERY_MS. Who is silent for longer gets no frames until they say so.
- `ping`: answered by `pong` with the same `at`, so that the browser knows its distance and the server's clock.
- `here`: a person touched the page: their session goes on. At most once a minute.

**To the browser**, JSON texts: the Structs below, told apart by `type`; every one is whole and replaces the one before, except `terminals`.
And binary frames of cells, little-endian:

    u1 kind (1 whole, 2 changes) · u1 width of a gap in bytes (1, 2 or 4) · u2 spare · u4 count
    u8 version, that the browser now has · i8 made_ms, Unix time of ours · i8 freshest_ms, when the newest report came to the door; 0: none yet
    u4 behind_ms, age of the oldest report that this frame shows, when it was made · u4 spare
    count gaps between ascending terminal numbers, the first from 0 · count cells (u2, `wire.cells`)

Of a whole frame, what follows the header is deflated (zlib), and terminals that it does not name are gone. Numbers are `Terminal.pk`.

**Ends** (close codes): SIGNED_OUT, NOT_ALLOWED, TOO_MUCH; the reason is a sentence for the person. After any other end the browser tries again with
a growing and random pause, and gets everything anew.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import numpy as np

MOST_ASKED: Final = 4096  # bytes of one text of a browser's
MOST_FOCUSED: Final = 4  # terminals of one browser at full rate
ACK_EVERY_MS: Final = 1000
WHOLE, CHANGES = 1, 2
SIGNED_OUT, NOT_ALLOWED, TOO_MUCH = 4401, 4403, 4429

HEADER: Final = np.dtype(
    [
        ("kind", "u1"), ("width", "u1"), ("spare", "<u2"), ("count", "<u4"), ("version", "<u8"), ("made_ms", "<i8"),
        ("freshest_ms", "<i8"), ("behind_ms", "<u4"), ("spare2", "<u4"),
    ]
)  # fmt: skip

Wanted = Literal["cells", "counts", "worst", "groups", "incidents"]
Dimension = Literal["region", "merchant", "store", "model", "operator", "firmware", "app", "group", "kind"]
# What a tile shows and filters by; `live.tiles` says which cells belong to each.
Tile = Literal[
    "online", "late", "offline", "closed", "never", "battery", "signal", "printer", "sales", "tamper", "maintenance", "alert"
]


class Filter(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which terminals. tiles: all of them hold. Others: a key as the list of terminals has it (merchant, store, group: primary keys); empty: any."""

    tiles: tuple[Tile, ...] = ()
    region: str = ""
    merchant: str = ""
    store: str = ""
    model: str = ""
    operator: str = ""
    firmware: str = ""
    app: str = ""
    group: str = ""
    kind: str = ""


class Look(msgspec.Struct, tag="look", frozen=True):
    """filter: of counts, worst and groups; cells come of all terminals. by: of groups. page: of worst, from 0."""

    filter: Filter = Filter()
    wants: frozenset[Wanted] = frozenset()
    by: Dimension = "region"
    page: int = 0


class Have(msgspec.Struct, tag="have", frozen=True):
    revision: int


class Focus(msgspec.Struct, tag="focus", frozen=True):
    terminals: tuple[int, ...]


class Ack(msgspec.Struct, tag="ack", frozen=True):
    version: int


class Ping(msgspec.Struct, tag="ping", frozen=True):
    at: float


class Here(msgspec.Struct, tag="here", frozen=True):
    pass


Asked = Look | Have | Focus | Ack | Ping | Here
asked: Final = msgspec.json.Decoder(Asked)
encode: Final = msgspec.json.Encoder().encode


class Hello(msgspec.Struct, tag="hello", frozen=True):
    """First. revision: of the list of terminals as the server has it; until_ms: when this sign-in ends in any case; idle_s: or without a touch."""

    revision: int
    terminals: int
    server_ms: int
    until_ms: int
    idle_s: int


class Pong(msgspec.Struct, tag="pong", frozen=True):
    at: float
    server_ms: int


class Counts(msgspec.Struct, tag="counts", frozen=True):
    """all: terminals in the filter without its tiles; matching: with them; tiles: of `all`, those that each tile holds."""

    all: int
    matching: int
    tiles: dict[str, int]


class WorstRow(msgspec.Struct, frozen=True, array_like=True):
    """One terminal. since_ms: Unix time since which its worst alert is open, else 0; alert, owner, incident (public id): empty if there is none."""

    terminal: int
    cell: int
    since_ms: int
    alert: str
    owner: str
    incident: str


class Worst(msgspec.Struct, tag="worst", frozen=True):
    """total: how many terminals of the filter have something wrong; rows: MOST_ROWS of them from page · MOST_ROWS on, worst first."""

    page: int
    total: int
    rows: list[WorstRow]


class GroupRow(msgspec.Struct, frozen=True, array_like=True):
    """One region, merchant, …: how many of it, and how many of these have what. stands_out: in trouble far more than the rest, beyond chance."""

    key: str
    name: str
    count: int
    online: int
    silent: int  # late or offline
    battery: int
    signal: int
    printer: int
    sales: int
    troubled: int  # any of these, or an open alert
    stands_out: bool


class Groups(msgspec.Struct, tag="groups", frozen=True):
    """Worst share first; other: how many groups are left out."""

    by: str
    rows: list[GroupRow]
    other: int


class IncidentRow(msgspec.Struct, frozen=True, array_like=True):
    id: str
    title: str
    severity: int
    state: str
    open_count: int
    began_ms: int
    owner: str
    is_late: bool  # past the time by which somebody should have answered


class Incidents(msgspec.Struct, tag="incidents", frozen=True):
    """Open ones of the whole fleet, gravest first. by_severity: how many, index models.Severity."""

    total: int
    unanswered: int
    by_severity: tuple[int, int, int, int]
    rows: list[IncidentRow]


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """silent_ms: since its engine's last frame, in whole seconds; -1: none yet."""

    shard: int
    silent_ms: int
    waiting: int
    reports_per_s: float


class Health(msgspec.Struct, tag="health", frozen=True):
    """How the way to the engines is. is_connected: the hub hears Redis."""

    is_connected: bool
    shards: list[Shard]


class Report(msgspec.Struct, tag="report", frozen=True):
    """One report of a focused terminal, in the units of `POST /v1/telemetry`; what it did not say is not in `values`."""

    terminal: int
    received_ms: int
    values: dict[str, int | float | str | bool]


class Terminals(msgspec.Struct, tag="terminals", frozen=True):
    """Terminals that are new or another since the revision that the browser had, as rows of the list (`live.roster`)."""

    revision: int
    rows: list[list[int | str]]


class Reload(msgspec.Struct, tag="reload", frozen=True):
    """So much is another that the list is better fetched anew, after a pause of the browser's choice."""

    revision: int
