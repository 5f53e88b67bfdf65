"""Not where it should stand: further from its store's door than it may be. Places are known to about a kilometre, on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pos_monitor.judging.kinds.base import Round, Verdicts, Watcher, judged, verdicts
from pos_monitor.judging.parameters import Parameters, number, plain, yes_no
from pos_monitor.wire.record import MISSING

EARTH_KM: Final = 6371.0


@dataclass(frozen=True, kw_only=True)
class Geofence(Parameters):
    limit_km: float = number(
        "Further away than", low=2, high=20_000, default=5, unit="km", help="Terminals tell their place to about a kilometre."
    )
    clear_km: float = number("Good again within", low=2, high=20_000, default=3, unit="km")
    outside_hours: bool = yes_no("Also while the shop is closed", default=True)

    def complaints(self) -> Iterator[tuple[str, str]]:
        if self.clear_km > self.limit_km:
            yield "clear_km", "What is bad beyond a distance is good again at that distance or nearer."

    def says(self) -> str:
        return f"it is more than {plain(self.limit_km)} km from its store"

    def over(self) -> str:
        return f"Over when it is within {plain(self.clear_km)} km in {self.clear_after} reports in a row."


class GeofenceWatcher(Watcher):
    PARAMETERS = Geofence

    def look(self, reports: Round) -> Verdicts:
        distance = self._distance_km(reports)
        with np.errstate(invalid="ignore"):
            bad = distance > self.watch.of("limit_km", reports.terminals)
            good = distance <= self.watch.of("clear_km", reports.terminals)
        return verdicts(reports, judged(bad, good, distance), distance)

    def _distance_km(self, reports: Round) -> NDArray[np.float64]:
        """Along the great circle, float64 [n]; NaN where the terminal or the store does not say where it is."""
        fleet, records = self.plan.fleet, reports.records
        unsaid = (records["latitude"] == MISSING["latitude"]) | (records["longitude"] == MISSING["longitude"])
        here = np.radians(np.where(unsaid, np.nan, records["latitude"] / 100))
        there = np.radians(fleet.latitude[reports.terminals])
        across = np.radians(records["longitude"] / 100 - fleet.longitude[reports.terminals])
        half = np.sin((here - there) / 2) ** 2 + np.cos(here) * np.cos(there) * np.sin(across / 2) ** 2
        distance: NDArray[np.float64] = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
        return distance
