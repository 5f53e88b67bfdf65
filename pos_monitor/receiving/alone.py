"""What a dedicated receiver answers beside its doors: whether it is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pos_monitor.receiving.doors import HTTP_PATH, SOCKET_PATH, Doors, Receive, Scope, Send
from pos_monitor.receiving.refusals import answer, refuse_path


def alone(doors: Doors) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """An ASGI callable: the doors, /healthz (the process answers) and /readyz (it takes reports)."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == (SOCKET_PATH if scope["type"] == "websocket" else HTTP_PATH):
            await doors(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4404})
        elif path == "/healthz":
            await answer(send, 200, {"status": "ok"}, {})
        elif path == "/readyz":
            why = doors.receiver.pressure.why if doors.receiver else "starting"
            await answer(send, 503 if why else 200, {"reports": why or "ok"}, {})
        else:
            await refuse_path(send)

    return application
