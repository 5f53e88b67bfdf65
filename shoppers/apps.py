from __future__ import annotations

from django.apps import AppConfig


class ShoppersConfig(AppConfig):
    name = "shoppers"
