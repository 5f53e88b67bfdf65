from __future__ import annotations

from django.apps import AppConfig


class PosMonitorConfig(AppConfig):
    name = "pos_monitor"
    verbose_name = "Tills"
