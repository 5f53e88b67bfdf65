from __future__ import annotations

from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "treasury"
