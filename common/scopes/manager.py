"""The manager of every model whose rows belong to a merchant."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Manager, Model, QuerySet
from django.db.models.sql import Query
from django_scopes import ScopeError, get_scope

from common.scopes.guard import guard
from common.scopes.lookup import OfMerchant, Path
from common.scopes.places import OfPlaces, PlacePath

M = TypeVar("M", bound=Model)


class ScopedManager(Manager[M]):
    """`objects = ScopedManager(merchant="payment__merchant")`: the path of foreign keys that leads to the merchant.

    with_shared: rows whose path ends without a merchant are the platform's, and everybody may see them.
    place: the path to the store in which a row lies (`pk` of a store itself), over reverse one-to-ones too: who is limited to some
    stores sees no other row. Without one the row lies in no store, and the doors say who sees it.
    Related managers (`payment.tenders`) are made from this class, hence the path is kept on the model.
    """

    def __init__(self, *, merchant: str = "", with_shared: bool = False, place: str = "") -> None:
        super().__init__()
        self._path = Path(tuple(merchant.split("__")), with_shared) if merchant else None
        self._place = PlacePath(tuple(place.split("__"))) if place else None

    def contribute_to_class(self, cls: type[Model], name: str) -> None:
        super().contribute_to_class(cls, name)
        cls.merchant_path, cls.place_path = self._path, self._place  # type: ignore[attr-defined]

    def get_queryset(self) -> QuerySet[M]:
        found = super().get_queryset()
        scope = get_scope()
        if not scope.get("_enabled", True):
            return found
        if "merchant" not in scope:
            return guard(found)
        path: Path = self.model.merchant_path  # type: ignore[attr-defined]
        query = found.query
        lookup = OfMerchant(path.column(self.model, query), merchant_pk(scope["merchant"]), path, self.model)
        query.where.add(lookup, "AND")
        if "places" in scope:
            _keep_to(scope["places"], query, self.model)
        return found


def _keep_to(places: tuple[int, ...], query: Query, model: type[Model]) -> None:
    place: PlacePath | None = model.place_path  # type: ignore[attr-defined]
    if place is not None:
        query.where.add(OfPlaces(place.column(model, query), places, place, model), "AND")


def merchant_pk(merchant: Any) -> int:
    """The id of the merchant in scope. None would see everybody's rows, so it is refused."""
    pk = getattr(merchant, "pk", merchant)
    if isinstance(pk, bool) or not isinstance(pk, int):
        raise ScopeError(f"A scope is one merchant, not {merchant!r}.")
    return pk
