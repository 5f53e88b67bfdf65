from __future__ import annotations

from django.apps import AppConfig


class FsaPlatformConfig(AppConfig):
    name = "fsa_platform"

    def ready(self) -> None:
        from fsa_platform.readiness import checks  # noqa: F401  (they register themselves)
