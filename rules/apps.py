from __future__ import annotations

from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "rules"
    verbose_name = "Snoops"

    def ready(self) -> None:
        from rules.publishing import watch  # noqa: F401  # says how a process learns which rules are in force
