from __future__ import annotations

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "vault"

    def ready(self) -> None:
        from common import witness
        from vault.audit.witness import TrailWitness

        witness.tell(TrailWitness())
