"""From stock to the counter, to the workbench and to the bin: which moves there are, and what each brings with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils import timezone

from common.push import tell_after_commit
from pos_monitor.estate.errors import TerminalMoveRefused, TerminalNeedsStore
from pos_monitor.estate.revisions import CHANNEL
from pos_monitor.estate.tokens import revoke
from pos_monitor.models import Store, Terminal
from vault.audit.services import record_about

State = Terminal.State
MOVES: Final[Mapping[str, frozenset[str]]] = {
    State.STOCK: frozenset({State.ACTIVE, State.RETIRED}),
    State.ACTIVE: frozenset({State.REPAIR, State.STOCK, State.RETIRED}),
    State.REPAIR: frozenset({State.ACTIVE, State.STOCK, State.RETIRED}),
    State.RETIRED: frozenset(),  # its serial number may have been sold for scrap: whoever brings one back registers another terminal
}
WITHOUT_TOKEN: Final = frozenset({State.STOCK, State.RETIRED})  # nobody knows in whose hands it is


@transaction.atomic
def move(*, terminal: Terminal, to: str, store: Store | None = None, reason: str = "") -> Terminal:
    """Bring a terminal into another state. Into stock and out of use its tokens end; stock leaves its store.

    store: where it is to stand, where that changes with it. A move to where it is changes nothing.
    Raises TerminalMoveRefused, TerminalNeedsStore.
    """
    held = Terminal.objects.select_for_update(of=("self",)).get(pk=terminal.pk)
    if held.state == to and (store is None or store.pk == held.store_id):
        return held
    if held.state != to and to not in MOVES[held.state]:
        ways = ", ".join(sorted(MOVES[held.state])) or "nothing: it is the end"
        raise TerminalMoveRefused(
            f"A terminal that is {held.state} cannot become {to[:20]}; it can become {ways}.", param="state"
        )
    before, held.state = held.state, to
    held.store = store or held.store
    if to == State.ACTIVE and held.store_id is None:
        raise TerminalNeedsStore(param="store")
    _follow(held)
    held.save()
    if to in WITHOUT_TOKEN:
        revoke(terminal=held)
    record_about(held, "moved", fields=["state"], details={"from": before, "to": to}, reason=reason)
    tell_after_commit(CHANNEL, held.pk)
    return held


def _follow(terminal: Terminal) -> None:
    """Dates and places that go with the new state."""
    now = timezone.now()
    if terminal.state == State.ACTIVE:
        terminal.activated_at = terminal.activated_at or now
    elif terminal.state == State.STOCK:
        terminal.store = None
    elif terminal.state == State.RETIRED:
        terminal.retired_at = now
