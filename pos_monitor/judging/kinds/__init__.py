"""The kinds of alert rules, by the word that stands in `AlertRule.kind`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pos_monitor.judging.kinds.absence import AbsenceWatcher
from pos_monitor.judging.kinds.anomaly import AnomalyWatcher
from pos_monitor.judging.kinds.base import Watcher
from pos_monitor.judging.kinds.geofence import GeofenceWatcher
from pos_monitor.judging.kinds.prediction import PredictionWatcher
from pos_monitor.judging.kinds.rate import RateWatcher
from pos_monitor.judging.kinds.threshold import ThresholdWatcher
from pos_monitor.judging.kinds.trend import TrendWatcher
from pos_monitor.judging.kinds.version_drift import VersionDriftWatcher
from pos_monitor.judging.parameters import AlertRuleInvalid, Parameters, parse

KINDS: Final[Mapping[str, type[Watcher]]] = {
    "threshold": ThresholdWatcher,
    "absence": AbsenceWatcher,
    "rate": RateWatcher,
    "anomaly": AnomalyWatcher,
    "version_drift": VersionDriftWatcher,
    "geofence": GeofenceWatcher,
    "prediction": PredictionWatcher,
    "trend": TrendWatcher,
}


def parameters_of(kind: str, raw: Mapping[str, Any]) -> Parameters:
    """Checked parameters of a rule. Raises AlertRuleInvalid, also for a kind that there is not."""
    if kind not in KINDS:
        raise AlertRuleInvalid({"kind": f"There is no kind of rule called “{kind}”: {', '.join(KINDS)}."})
    return parse(KINDS[kind].PARAMETERS, raw)
