"""The made-up fleet as rows of the estate: merchants, stores, terminals and their tokens, made where they lack. For a sandbox only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.tokens import digest_of
from merchants.models import Merchant
from merchants.services import create_merchant
from pos_monitor.estate.bulk import copy_rows
from pos_monitor.estate.tokens import issue_many
from pos_monitor.models import Store, Terminal, TerminalToken
from pos_monitor.simulation.blueprint import Blueprint
from pos_monitor.simulation.life import CLOSES, OPENS
from pos_monitor.simulation.sending.line import Terminal as Speaking
from pos_monitor.simulation.world import APPS, MODELS, NAMES, NETWORKS, ONLINE, OPERATORS, TOWNS, TRADES

BATCH: Final = 2_000  # rows of a statement, which may have 65,535 values
OPEN_BY_DAY: Final = {str(day): [[f"{OPENS:02d}:00", f"{CLOSES:02d}:00"]] for day in range(7)}


class NotASandbox(Exception):
    """A made-up fleet was asked for where real merchants are."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How rows of one made-up fleet are told from others: by the beginning of their serial numbers."""

    serials: str = "SIM"
    every_s: int = 10  # how often its terminals report if nobody says otherwise

    def serial(self, place: int) -> str:
        return f"{self.serials}-{place + 1:06d}"

    @property
    def tokens_file(self) -> Path:
        """Where the fleet's tokens lie, as a terminal would keep its own; the platform itself keeps only digests."""
        return Path(settings.DATA_DIR) / "fleet" / f"{self.serials.lower()}.tokens.json"


MADE_UP, DEMO = Naming(), Naming("DEMO", every_s=5)


def make_fleet(plan: Blueprint, *, naming: Naming, every_s: int, merchants: Sequence[Merchant] = ()) -> list[Speaking]:
    """The terminals of the blueprint, in its order, each with a token that works. Safe to repeat: what is there stays.

    merchants: whose the fleet is; without, they are made up as well. every_s: how often each is to report. Raises NotASandbox.
    """
    if not settings.IS_SANDBOX:
        raise NotASandbox("A made-up fleet belongs in a sandbox: FSA_ENVIRONMENT is not “sandbox”.")
    owners = list(merchants) or _merchants(plan.size.merchant_count, naming)
    with transaction.atomic():
        stores = _stores(plan, owners)
        terminals = _terminals(plan, stores, naming, every_s)
        tokens = _tokens(terminals, naming)
    return [
        Speaking(place=place, number=number, public_id=public_id, token=tokens[number])
        for place, (number, public_id) in enumerate(terminals)
    ]


def _merchants(count: int, naming: Naming) -> list[Merchant]:
    """The bank makes a key for each, so this is outside of any transaction."""
    acceptors = [f"FSA{naming.serials[:4]}{place:08d}" for place in range(count)]
    known = {one.card_acceptor_id: one for one in Merchant.objects.filter(card_acceptor_id__in=acceptors)}
    return [known.get(one) or create_merchant(card_acceptor_id=one, **_merchant(place)) for place, one in enumerate(acceptors)]


def _merchant(place: int) -> dict[str, Any]:
    town = TOWNS[place % len(TOWNS)]
    name = f"{NAMES[place % len(NAMES)]} {TRADES[place // len(NAMES) % len(TRADES)]}"
    name += f" {place // (len(NAMES) * len(TRADES)) + 1}" * (place >= len(NAMES) * len(TRADES))
    return {
        "name": name, "legal_name": f"{name} LLC", "address": f"{100 + place} Main Street\n{town.name}, {town.region}",
        "time_zone": town.time_zone, "mcc": "5912", "is_iias_certified": True,
    }  # fmt: skip


def _stores(plan: Blueprint, owners: Sequence[Merchant]) -> list[Store]:
    """In the blueprint's order; one is known by its merchant and name."""
    known = {(one.merchant_id, one.name): one for one in Store.objects.filter(merchant__in=owners)}
    wanted, online = [], set(plan.store[plan.is_online].tolist())
    for place, (whose, where) in enumerate(zip(plan.store_merchant, plan.store_town, strict=True)):
        owner, town = owners[whose % len(owners)], TOWNS[where]
        name = f"{owner.name} online {place + 1}" if place in online else f"{town.name} {place + 1}"
        wanted.append(
            known.get((owner.pk, name))
            or _store(owner, name, place, town, is_online=place in online, closes=bool(plan.store_closes[place]))
        )
    Store.objects.bulk_create([one for one in wanted if one.pk is None], batch_size=BATCH)
    return wanted


def _store(owner: Merchant, name: str, place: int, town: Any, *, is_online: bool, closes: bool) -> Store:
    spread = ((place * 37) % 100 - 50) / 4000  # within two kilometres of the middle of the town, which is what its tills report
    return Store(
        merchant=owner, name=name[:80], region="Online" if is_online else town.region, town="" if is_online else town.name,
        latitude=None if is_online else round(town.latitude + spread, 4), longitude=None if is_online else round(town.longitude - spread, 4),
        time_zone=town.time_zone, opening_hours=OPEN_BY_DAY if closes else {},
    )  # fmt: skip


def _terminals(plan: Blueprint, stores: Sequence[Store], naming: Naming, every_s: int) -> list[tuple[int, str]]:
    """Number and public id of each, in the blueprint's order. How often they report is brought up to date."""
    mine = Terminal.objects.filter(serial__startswith=f"{naming.serials}-")
    known = {serial: (number, public_id) for serial, number, public_id in mine.values_list("serial", "pk", "public_id")}
    mine.exclude(report_every_s=every_s).update(report_every_s=every_s)
    missing = [place for place in range(len(plan)) if naming.serial(place) not in known]
    copy_rows([_terminal(plan, place, stores, naming, every_s) for place in missing])
    if missing:
        known = {serial: (number, public_id) for serial, number, public_id in mine.values_list("serial", "pk", "public_id")}
    return [known[naming.serial(place)] for place in range(len(plan))]


def _terminal(plan: Blueprint, place: int, stores: Sequence[Store], naming: Naming, every_s: int) -> Terminal:
    store, model = stores[plan.store[place]], (*MODELS, ONLINE)[plan.model[place]]
    is_online, network = bool(plan.is_online[place]), NETWORKS[plan.network[place]]
    return Terminal(
        merchant_id=store.merchant_id, store=store, model=model.name, serial=naming.serial(place), state=Terminal.State.ACTIVE,
        kind=Terminal.Kind.ONLINE_STORE if is_online else Terminal.Kind.TILL, label="Web store" if is_online else f"Till {_till_number(plan, place)}",
        firmware=model.firmwares[plan.version[place]], app="" if is_online else APPS[plan.app[place]],
        network_operator="" if is_online else OPERATORS[plan.operator[place]].name, report_every_s=every_s, activated_at=timezone.now(),
        sim_iccid=f"8901{place:015d}" if network in {"3g", "4g", "5g"} else "", tags=["made up"],
    )  # fmt: skip


def _till_number(plan: Blueprint, place: int) -> int:
    """Tills of a store stand side by side in the blueprint."""
    return int(place - (plan.store[:place] < plan.store[place]).sum() + 1) if place < 2_000 else place % 24 + 1


def _tokens(terminals: Sequence[tuple[int, str]], naming: Naming) -> dict[int, str]:
    """A token for each number: the one kept in the file if the platform still takes it, else a fresh one."""
    path, numbers = naming.tokens_file, [number for number, _ in terminals]
    kept = {int(number): token for number, token in json.loads(path.read_text()).items()} if path.exists() else {}
    valid = set(
        TerminalToken.objects.filter(
            terminal__serial__startswith=f"{naming.serials}-", revoked_at=None, expires_at=None
        ).values_list("digest", flat=True)
    )
    tokens = {number: kept[number] for number in numbers if number in kept and digest_of(kept[number]) in valid}
    fresh = issue_many(number for number in numbers if number not in tokens)
    tokens |= fresh
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({**kept, **tokens}))
    return tokens
