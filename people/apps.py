from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        from people import happenings
        from people.audit import listen
        from people.roles import after_migrate

        listen()
        happenings.connect()
        post_migrate.connect(after_migrate, dispatch_uid="people.roles")
