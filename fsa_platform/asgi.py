"""The door for every protocol."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsa_platform.settings")
django_application = get_asgi_application()

from common.api.body_limit import BodyLimit  # noqa: E402  (Django must be ready first)

application = ProtocolTypeRouter({"http": BodyLimit(django_application)})
