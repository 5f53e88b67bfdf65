"""Which terminal stands where and is what: arrays that follow from the size and the seed alone, before anything is in the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pos_monitor.simulation.chance import Chance, Floats, Ints
from pos_monitor.simulation.world import MODELS, NETWORKS, ONLINE, OPERATORS, TOWNS, VERSION_SHARES, Size

MOST_OF_A_STORE = 24  # tills


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A fleet of n terminals and s stores. Every array is int64; those of stores are [s], the others [n].

    model: place in world.MODELS, and one beyond for an online store. version: place in a model's firmwares. network: place in world.NETWORKS.
    """

    size: Size
    store: Ints
    merchant: Ints
    model: Ints
    version: Ints
    app: Ints
    operator: Ints
    network: Ints
    store_merchant: Ints
    store_town: Ints
    store_closes: Ints  # 1: has opening hours, and is switched off outside them

    def __len__(self) -> int:
        return len(self.store)

    @property
    def is_online(self) -> np.ndarray:
        return np.asarray(self.model == len(MODELS))

    @property
    def town(self) -> Ints:
        return np.asarray(self.store_town[self.store])


def draw(size: Size, *, seed: int) -> Blueprint:
    """Lay a fleet out. Merchants differ in size as shops do: a few have hundreds of stores, most have some."""
    chance = Chance(seed)
    stores = _stores(size, chance)
    store = np.repeat(np.arange(len(stores.tills)), stores.tills)
    who = np.arange(len(store))
    model = _pick(chance.of(1, who), np.array([one.share for one in MODELS]))
    model[stores.is_online[store]] = len(MODELS)
    network = _network(chance, who, model)
    return Blueprint(
        size=size, store=store, merchant=stores.merchant[store], model=model, version=_pick(chance.of(2, who), np.array(VERSION_SHARES)),
        app=_pick(chance.of(3, who), np.array(VERSION_SHARES)), operator=_operator(chance, stores, store, network), network=network,
        store_merchant=stores.merchant, store_town=stores.town, store_closes=stores.closes,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Stores:
    merchant: Ints
    town: Ints
    tills: Ints
    closes: Ints
    is_online: np.ndarray


def _stores(size: Size, chance: Chance) -> _Stores:
    """Sites with their numbers of tills, which sum to the fleet; then one site for each online store."""
    many = np.arange(max(size.tills, 1))
    sizes = 1 + np.minimum(chance.of(10, many) ** 3 * MOST_OF_A_STORE, MOST_OF_A_STORE - 1).astype(np.int64)
    count = int(np.searchsorted(np.cumsum(sizes), size.tills, side="left")) + 1 if size.tills else 0
    sizes = sizes[:count]
    if count:
        sizes[-1] -= int(sizes.sum()) - size.tills
    site, merchants = np.arange(count), size.merchant_count
    merchant = _pick(chance.of(11, site), 1.0 / np.arange(1, merchants + 1) ** 0.6)
    merchant[:merchants] = site[:merchants] % merchants  # everybody has at least one
    home = (chance.of(12, merchant) * len(TOWNS)).astype(np.int64)
    away = (chance.of(13, site) * len(TOWNS)).astype(np.int64)
    town = np.where(chance.of(14, site) < 0.6, home, away)
    closes = (chance.of(15, site) < 0.2).astype(np.int64)
    web = np.arange(size.online_stores)
    return _Stores(
        merchant=np.concatenate([merchant, web % merchants]), town=np.concatenate([town, (chance.of(16, web) * len(TOWNS)).astype(np.int64)]),
        tills=np.concatenate([sizes, np.ones(len(web), np.int64)]), closes=np.concatenate([closes, np.zeros(len(web), np.int64)]),
        is_online=np.concatenate([np.zeros(count, bool), np.ones(len(web), bool)]),
    )  # fmt: skip


def _pick(drawn: Floats, weights: NDArray[np.floating[Any]]) -> Ints:
    """The place in `weights` on which each draw falls."""
    bounds = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(bounds, drawn, side="right"), len(weights) - 1).astype(np.int64)


def _network(chance: Chance, who: Ints, model: Ints) -> Ints:
    """One of the ways in which the model can be connected."""
    models = (*MODELS, ONLINE)
    widest = max(len(one.networks) for one in models)
    table = np.array([[NETWORKS.index(one.networks[k % len(one.networks)]) for k in range(widest)] for one in models])
    ways = np.array([len(one.networks) for one in models])[model]
    return np.asarray(table[model, (chance.of(4, who) * ways).astype(np.int64)])


def _operator(chance: Chance, stores: _Stores, store: Ints, network: Ints) -> Ints:
    """Who connects it. All tills of a store that go out the same way have the same operator, as a shop has one contract."""
    table = [[n for n, one in enumerate(OPERATORS) if name in one.networks] for name in NETWORKS]
    widest = max(map(len, table))
    choices = np.array([[row[k % len(row)] for k in range(widest)] for row in table])
    luck = (chance.of(17, np.arange(len(stores.merchant)))[store] * widest).astype(np.int64)
    return np.asarray(choices[network, luck])
