"""Making, rolling, narrowing and revoking keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from common.api.resources import READ, WRITE, resources
from common.tokens import digest_of
from merchants.errors import KeyLimitInvalid, KeyNotActive
from merchants.keys import limits
from merchants.keys.text import mode, new_text
from merchants.models import ApiKey, Merchant
from people.models import User
from vault.audit.services import record_about

STARTS = {ApiKey.Kind.SECRET: "sk", ApiKey.Kind.PUBLISHABLE: "pk", ApiKey.Kind.RESTRICTED: "rk"}
# How long a rolled key goes on working beside its successor.
OVERLAPS = {"now": timedelta(0), "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


@transaction.atomic
def create_api_key(
    *,
    merchant: Merchant,
    kind: ApiKey.Kind,
    name: str = "",
    scopes: Mapping[str, str] | None = None,
    allowed_networks: Iterable[str] = (),
    allowed_origins: Iterable[str] = (),
    created_by: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its text, which is shown this once: only its hash is kept.

    scopes: resource -> read or write, for a restricted key. allowed_networks: whence servers may call; allowed_origins:
    from which sites browsers may, for a publishable key. Raises KeyLimitInvalid.
    """
    text = new_text(STARTS[kind])
    key = ApiKey.objects.create(
        merchant=merchant, kind=kind, name=name, prefix=f"{STARTS[kind]}_{mode()}_", last4=text[-4:], digest=digest_of(text),
        scopes=_scopes(kind, scopes or {}), allowed_networks=_networks(kind, allowed_networks),
        allowed_origins=_origins(kind, allowed_origins), created_by=created_by,
    )  # fmt: skip
    _note("created", key, kind=key.kind, scopes=key.scopes)
    return key, text


@transaction.atomic
def change_api_key(
    *, key: ApiKey, name: str, scopes: Mapping[str, str], allowed_networks: Iterable[str], allowed_origins: Iterable[str]
) -> ApiKey:
    """Give a key another name, other rights and other limits, from the next call on. Raises KeyLimitInvalid, KeyNotActive."""
    held = _active(key)
    kind = ApiKey.Kind(held.kind)
    wanted = {
        "name": name, "scopes": _scopes(kind, scopes), "allowed_networks": _networks(kind, allowed_networks),
        "allowed_origins": _origins(kind, allowed_origins),
    }  # fmt: skip
    changed = [field for field, value in wanted.items() if getattr(held, field) != value]
    if changed:
        for field in changed:
            setattr(held, field, wanted[field])
        held.save(update_fields=changed)
        _note("changed", held, fields=changed, scopes=held.scopes)
    return held


@transaction.atomic
def roll_api_key(*, key: ApiKey, overlap: timedelta, created_by: User | None = None) -> tuple[ApiKey, str]:
    """Make a successor with the same rights and limits; the old key works for `overlap` more, never longer than before.

    Returns the successor and its text, shown this once. A key that is over has none: KeyNotActive. Of two at once, each
    makes a successor, and the old key ends with the shorter overlap.
    """
    held = _active(key)
    new, text = create_api_key(
        merchant=held.merchant, kind=ApiKey.Kind(held.kind), name=held.name, scopes=held.scopes,
        allowed_networks=held.allowed_networks, allowed_origins=held.allowed_origins, created_by=created_by,
    )  # fmt: skip
    held.expires_at = min(filter(None, [held.expires_at, timezone.now() + overlap]))
    held.rolled_to = new
    held.save(update_fields=["expires_at", "rolled_to"])
    _note("rolled", held, to=new.public_id, until=held.expires_at)
    return new, text


@transaction.atomic
def revoke_api_key(*, key: ApiKey) -> None:
    """Make the key useless from the next call on. Safe to repeat: the first moment stays."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        _note("revoked", key)


def _active(key: ApiKey) -> ApiKey:
    """The key's row, held until the end of the transaction."""
    held = ApiKey.objects.select_for_update(of=("self",)).select_related("merchant").get(pk=key.pk)
    if not held.is_active:
        raise KeyNotActive()
    return held


def _scopes(kind: ApiKey.Kind, wanted: Mapping[str, str]) -> dict[str, str]:
    if kind != ApiKey.Kind.RESTRICTED:
        if wanted:
            raise KeyLimitInvalid("Only a restricted key is cut by permissions.", param="scopes")
        return {}
    known = resources()
    for name, level in wanted.items():
        if name not in known or level not in (READ, WRITE):
            raise KeyLimitInvalid(f"There is no permission “{name[:40]}: {level[:20]}”.", param="scopes")
    if not wanted:
        raise KeyLimitInvalid("Grant at least one permission: a key that may do nothing is of no use.", param="scopes")
    return {name: wanted[name] for name in sorted(wanted)}


def _networks(kind: ApiKey.Kind, written: Iterable[str]) -> list[str]:
    found = limits.networks(written)
    if found and kind == ApiKey.Kind.PUBLISHABLE:
        raise KeyLimitInvalid("Shoppers call with a publishable key, from anywhere: limit its sites instead.", param="networks")
    return found


def _origins(kind: ApiKey.Kind, written: Iterable[str]) -> list[str]:
    found = limits.origins(written)
    if found and kind != ApiKey.Kind.PUBLISHABLE:
        raise KeyLimitInvalid(
            "Only a publishable key is used from sites: limit the addresses of servers instead.", param="origins"
        )
    return found


def _note(verb: str, key: ApiKey, *, fields: Iterable[str] = (), **details: str | datetime | Mapping[str, str] | None) -> None:
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in details.items()}
    record_about(key, verb, fields=list(fields), details=told)
