from __future__ import annotations

from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "vault"

    def ready(self) -> None:
        from common import witness
        from vault import opened
        from vault.audit.witness import TrailWitness, note_opened

        witness.tell(TrailWitness())
        opened.listeners.append(note_opened)
