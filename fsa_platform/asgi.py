"""The door for every protocol."""

from __future__ import annotations

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings")
django.setup(set_prefix=False)

from common.api.body_limit import BodyLimit  # noqa: E402  (Django must be ready first)
from fsa_platform.asgi_handler import OneThreadHandler  # noqa: E402
from fsa_platform.readiness.gate import refuse_unready  # noqa: E402

refuse_unready()  # also where a server other than “manage.py web” loads this
application = ProtocolTypeRouter({"http": BodyLimit(OneThreadHandler())})
