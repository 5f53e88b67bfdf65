"""Sealed values on pages: one locked row must not take the page away from the others."""

from __future__ import annotations

import logging
from typing import Any

from django.db import models

from vault.errors import CustodianUnavailable, MerchantKeyRevoked, SealBroken

logger = logging.getLogger(__name__)


class Locked(str):
    """Stands where a value cannot be shown; its text says so in a word."""

    __slots__ = ()
    is_locked = True


LOCKED, UNREACHABLE, BROKEN = Locked("locked"), Locked("not available now"), Locked("does not open")


def shown(instance: models.Model | None, field: str) -> Any:
    """The clear value of a sealed field; a Locked word where its merchant's key does not open it; "" without a row."""
    if instance is None:
        return ""
    try:
        return getattr(instance, field)
    except MerchantKeyRevoked:
        return LOCKED
    except CustodianUnavailable:
        return UNREACHABLE
    except SealBroken:
        logger.exception("%s %s: %s does not open", instance._meta.label, instance.pk, field)
        return BROKEN
