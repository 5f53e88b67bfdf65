from __future__ import annotations

import logging
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

logger = logging.getLogger(__name__)


class EligibilityConfig(AppConfig):
    name = "eligibility"

    def ready(self) -> None:
        from eligibility.registry import watch  # noqa: F401  # says how the classifier learns which model is live

        post_migrate.connect(_register_shipped, sender=self, dispatch_uid="eligibility.registry")


def _register_shipped(**kwargs: Any) -> None:
    """After a migration, not after the flush between two tests, which names no plan."""
    from eligibility.registry.errors import RegistryRefused
    from eligibility.registry.versions import register_shipped

    if "plan" in kwargs:
        try:
            register_shipped()
        except RegistryRefused as refused:  # the schema is whole all the same
            logger.error("the release's model is not registered: %s", refused)
