"""The settings as the type checker needs them: without servers or secrets."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "for-types-only")
os.environ.setdefault("FIELD_ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
os.environ.setdefault("DATABASE_URL", "postgresql://127.0.0.1/none")

from fsa_platform.settings import *  # noqa: F403
