from __future__ import annotations

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "claims"

    def ready(self) -> None:
        from claims import services  # noqa: F401  # its errors are on the list of codes, which knows what was imported
