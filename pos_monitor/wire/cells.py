"""One terminal in two bytes, as walls show it: what it is like, in bands and not in values, so that it seldom changes.

The engine makes cells, the hubs of `pos_monitor.live` pass them on, the browser's canvas paints them (`static/js/fleet/`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

STATUS: Final = (0, 0b111)  # shift, mask
SEVERITY: Final = (3, 0b11)  # 0 none, else models.Severity of the worst open alert
BATTERY: Final = (5, 0b11)
SIGNAL: Final = (7, 0b11)
PRINTER: Final = (9, 0b11)
SALES: Final = (11, 0b11)  # share of failed sales
CHARGING: Final = (13, 0b1)
TAMPER: Final = (14, 0b1)
MAINTENANCE: Final = (15, 0b1)


class Status(IntEnum):
    NEVER_SEEN = 0
    ONLINE = 1
    LATE = 2  # two reports missing
    OFFLINE = 3
    CLOSED = 4  # silent outside opening hours, or said goodbye
    OUT_OF_USE = 5  # stock, repair, retired


class Band(IntEnum):
    UNKNOWN = 0
    GOOD = 1
    LOW = 2
    BAD = 3


# Bounds of bands. Battery in %, signal in dBm, share of failed sales.
BATTERY_LOW, BATTERY_BAD = 30, 15
SIGNAL_LOW, SIGNAL_BAD = -95, -105
SALES_LOW, SALES_BAD = 0.05, 0.2
