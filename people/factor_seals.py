"""The sealed secrets of second factors, which django-allauth keeps inside JSON."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator

from vault.envelopes import sealed_anew

SEALED = ("secret", "seed")  # of an authenticator app, and of recovery codes


def reseal_factors() -> int:
    """Seal them anew with the key that seals now; returns how many were. Safe to repeat; a factor changed meanwhile is left alone."""
    return sum(_resealed(factor) for factor in Authenticator.objects.order_by("pk").iterator())


def _resealed(factor: Authenticator) -> bool:
    new: dict[str, Any] = dict(factor.data)
    for name in SEALED:
        if isinstance(factor.data.get(name), str):
            new[name] = sealed_anew(factor.data[name], purpose="mfa", owner="platform") or factor.data[name]
    if new == factor.data:
        return False
    return bool(Authenticator.objects.filter(pk=factor.pk, data=factor.data).update(data=new))
