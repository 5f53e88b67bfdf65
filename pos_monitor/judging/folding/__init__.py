"""Of many alerts, few incidents: what fails together within a minute is one thing for one person."""

from __future__ import annotations

from pos_monitor.judging.folding.folder import Folder
from pos_monitor.judging.folding.labels import Labels

__all__ = ["Folder", "Labels"]
