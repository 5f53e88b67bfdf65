"""How a door says more precisely who asks than the session could."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from common.request_context import acting_as, actor


def become(*, kind: str, id: str, role: str = "") -> None:
    """From now to the request's end the actor is this one, at the address it came from."""
    actor.set(replace(actor.get(), kind=kind, id=id, role=role))


def hosted_page(view: Callable[..., Any]) -> Callable[..., Any]:
    """A page that its unguessable id opens: whoever is not signed in acts as the holder of that id."""

    @functools.wraps(view)
    def guarded(request: Any, public_id: str, *args: Any, **kwargs: Any) -> Any:
        someone = actor.get()
        if someone.kind != "user":
            someone = replace(someone, kind="page", id=public_id[:120], role="")
        with acting_as(someone):
            return view(request, public_id, *args, **kwargs)

    return guarded
