from __future__ import annotations

import portal.audit.admin  # noqa: F401  # found here by Django
