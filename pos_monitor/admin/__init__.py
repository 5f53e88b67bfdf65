"""Pages of the admin."""

from __future__ import annotations

from pos_monitor.admin import cases as _cases  # noqa: F401
from pos_monitor.admin import commands as _commands  # noqa: F401
from pos_monitor.admin import dead_letters as _dead_letters  # noqa: F401
from pos_monitor.admin import estate as _estate  # noqa: F401
from pos_monitor.admin import imports as _imports  # noqa: F401
from pos_monitor.admin import incidents as _incidents  # noqa: F401
from pos_monitor.admin import maintenance as _maintenance  # noqa: F401
from pos_monitor.admin import playbooks as _playbooks  # noqa: F401
from pos_monitor.admin import reports as _reports  # noqa: F401
from pos_monitor.admin import rules as _rules  # noqa: F401
