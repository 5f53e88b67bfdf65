"""The curator's pages: rules, their approval and publication; and what they reach."""

from __future__ import annotations

from rules.admin import customers as _customers  # noqa: F401
from rules.admin import rankers as _rankers  # noqa: F401
from rules.admin import rules as _rules  # noqa: F401
from rules.admin import runs as _runs  # noqa: F401
