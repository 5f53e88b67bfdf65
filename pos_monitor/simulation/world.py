"""Where the made-up fleet stands and what it consists of. Makers, operators and versions are invented; towns are real, for the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple


class Town(NamedTuple):
    region: str
    name: str
    latitude: float
    longitude: float
    time_zone: str


class Model(NamedTuple):
    """has_battery: carried about, put into its dock when it runs low. hours: how long a new battery lasts."""

    name: str
    share: float
    has_battery: bool
    has_printer: bool
    networks: tuple[str, ...]
    firmwares: tuple[str, ...]  # from common to rare; the last is a trial
    hours: float = 0.0


class Operator(NamedTuple):
    name: str
    networks: tuple[str, ...]


_EAST, _CENTRAL, _MOUNTAIN, _WEST = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
TOWNS: Final = (
    Town("CA", "Los Angeles", 34.05, -118.24, _WEST), Town("CA", "San Diego", 32.72, -117.16, _WEST), Town("CA", "Fresno", 36.74, -119.79, _WEST),
    Town("TX", "Houston", 29.76, -95.37, _CENTRAL), Town("TX", "Austin", 30.27, -97.74, _CENTRAL), Town("TX", "Lubbock", 33.58, -101.86, _CENTRAL),
    Town("FL", "Miami", 25.76, -80.19, _EAST), Town("FL", "Tampa", 27.95, -82.46, _EAST),
    Town("NY", "New York", 40.71, -74.01, _EAST), Town("NY", "Buffalo", 42.89, -78.88, _EAST),
    Town("IL", "Chicago", 41.88, -87.63, _CENTRAL), Town("IL", "Peoria", 40.69, -89.59, _CENTRAL),
    Town("PA", "Philadelphia", 39.95, -75.17, _EAST), Town("OH", "Columbus", 39.96, -83.00, _EAST),
    Town("GA", "Atlanta", 33.75, -84.39, _EAST), Town("NC", "Raleigh", 35.78, -78.64, _EAST),
    Town("CO", "Boulder", 40.01, -105.27, _MOUNTAIN), Town("CO", "Durango", 37.28, -107.88, _MOUNTAIN),
    Town("WA", "Seattle", 47.61, -122.33, _WEST), Town("ME", "Portland", 43.66, -70.26, _EAST),
    Town("VT", "Montpelier", 44.26, -72.58, _EAST), Town("MN", "Duluth", 46.79, -92.10, _CENTRAL),
)  # fmt: skip
MODELS: Final = (
    Model("Aria Desk 4", 0.42, False, True, ("ethernet", "ethernet", "wifi"), ("4.2.1", "4.1.9", "4.3.0")),
    Model("Aria Move 2", 0.33, True, True, ("wifi", "4g", "4g"), ("4.2.1", "4.1.9", "4.3.0"), 9.0),
    Model("Borea Pocket", 0.15, True, False, ("4g", "5g", "3g"), ("2.9.4", "2.8.0", "3.0.0"), 13.0),
    Model("Borea Kiosk", 0.10, False, True, ("ethernet", "4g"), ("2.9.4", "2.8.0", "3.0.0")),
)
ONLINE: Final = Model("Web store", 0.0, False, False, ("ethernet",), ("plugin 1.6.2", "plugin 1.6.0", "plugin 1.7.0"))
OPERATORS: Final = (
    Operator("Harbor Fiber", ("ethernet", "wifi")), Operator("Metro Cable", ("ethernet", "wifi")), Operator("County Broadband", ("wifi", "ethernet")),
    Operator("Northern Cell", ("3g", "4g", "5g")), Operator("Union Wireless", ("4g", "5g")), Operator("Prairie Mobile", ("3g", "4g")),
)  # fmt: skip
APPS: Final = ("till 8.14.2", "till 8.13.0", "till 8.15.0-rc1")
VERSION_SHARES: Final = (0.78, 0.14, 0.08)
NETWORKS: Final = ("ethernet", "wifi", "3g", "4g", "5g")
TRADES: Final = ("Pharmacy", "Drugs", "Optical", "Market", "Wellness", "Family Store", "Medical Supply", "Corner Shop")
NAMES: Final = (
    "Maple", "Cedar", "Juniper", "Harvest", "Lakeside", "Summit", "Bluebird", "Prairie", "Granite", "Willow", "Beacon", "Copper",
    "Meadow", "Orchard", "Pioneer", "Redwood", "Silver", "Sunrise", "Valley", "Windmill",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How large a fleet is to be. merchants 0: one for about every five hundred tills."""

    tills: int
    online_stores: int = 0
    merchants: int = 0

    @property
    def merchant_count(self) -> int:
        return self.merchants or max(1, self.tills // 500)
