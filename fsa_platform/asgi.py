"""The door for every protocol."""

from __future__ import annotations

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings")
django.setup(set_prefix=False)

from channels.security.websocket import WebsocketDenier  # noqa: E402  (Django must be ready first)
from django.urls import path, re_path  # noqa: E402

from common.api.body_limit import BodyLimit  # noqa: E402
from common.readiness import refuse_unready  # noqa: E402
from fsa_platform.asgi_handler import OneThreadHandler  # noqa: E402
from pos_monitor.live.consumer import fleet_socket  # noqa: E402
from pos_monitor.receiving.doors import in_front_of  # noqa: E402
from rules.publishing.watch import begin  # noqa: E402

refuse_unready()  # also where a server other than “manage.py web” loads this
begin()  # beside the start, which does not wait for it
sockets = URLRouter([path("ws/fleet/", fleet_socket), re_path("", WebsocketDenier.as_asgi())])
application = in_front_of(ProtocolTypeRouter({"http": BodyLimit(OneThreadHandler()), "websocket": sockets}))
