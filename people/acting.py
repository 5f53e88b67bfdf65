"""Who asks: set for every request, so that whatever happens in it is on their account."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common.addresses import client_address
from common.request_context import Actor, acting_as
from people.break_glass import looked_up_once
from people.models import User
from people.roles import roles_of


class ActorMiddleware:
    """A signed-in person with their staff roles, or nobody yet; doors with a key or a hosted page say more (`common.actors`).

    The address is believed as `common.addresses` says.
    """

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(_actor(request)), looked_up_once():
            return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    address = client_address(request)
    # Without a session's cookie there is nobody to look up, and the answer need not vary by it.
    if settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User):
        return actor_of(request.user, address)
    return Actor("anonymous", address=address)


def actor_of(user: User, address: str = "") -> Actor:
    """The person as the audit trail names them; the role of a merchant's person is added where the merchant is known."""
    roles = sorted({*roles_of(user), *(["superuser"] if user.is_superuser else [])})
    return Actor("user", user.public_id, ",".join(roles), address)
