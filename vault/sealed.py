"""A value as it lies in the database, and the attribute that opens it when somebody looks."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

if TYPE_CHECKING:
    from vault.fields import SealedMixin

Owner = tuple[Any, str]  # the merchant's id (None: the platform) and the row's
_as_stored: ContextVar[bool] = ContextVar("vault_as_stored", default=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside a sealed value, and for whom it was opened. text: the clear value as it was sealed."""

    owner: Owner
    clear: Any
    text: str


class Sealed:
    """Opaque: it tells neither what is inside nor what is stored. Pickled, it forgets that it was opened."""

    __slots__ = ("_opened", "_token")

    def __init__(self, token: str, opened: Opened | None = None) -> None:
        self._token, self._opened = token, opened

    def __str__(self) -> str:
        return "sealed"

    def __repr__(self) -> str:
        return "<sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other._token == self._token

    def __hash__(self) -> int:
        return hash(self._token)

    def __reduce__(self) -> tuple[type[Sealed], tuple[str]]:
        return Sealed, (self._token,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Sealed:
        return Sealed(self._token, deepcopy(self._opened, memo))


class Ready:
    """A token on its way to the database: the only thing besides nothing that a sealed column takes."""

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token


class SealedAttribute(DeferredAttribute):
    """Opens on first access, with the key of the row's merchant, and remembers the clear value on the row object."""

    field: SealedMixin

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed) and not _as_stored.get():
            return self.field.opened(instance, value).clear
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


def leaving_sealed(refresh: Callable[..., None]) -> Callable[..., None]:
    """`refresh_from_db` copies attributes from a second object: that must not open them."""

    @functools.wraps(refresh)
    def refreshed(*args: Any, **kwargs: Any) -> None:
        mark = _as_stored.set(True)
        try:
            refresh(*args, **kwargs)
        finally:
            _as_stored.reset(mark)

    refreshed.leaves_sealed = True  # type: ignore[attr-defined]
    return refreshed
