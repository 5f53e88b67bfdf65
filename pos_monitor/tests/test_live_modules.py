"""What the live page asks for ahead is what its scripts import: a module more would be fetched late, one less for nothing."""

from __future__ import annotations

import re

from django.conf import settings

from pos_monitor.admin.fleet_page import modules

IMPORT = re.compile(r'^import .* from "\./([a-z_]+)\.js";', re.MULTILINE)


def imported(name: str, seen: set[str]) -> set[str]:
    if name not in seen:
        seen.add(name)
        for other in IMPORT.findall((settings.BASE_DIR / f"static/js/fleet/{name}.js").read_text()):
            imported(other, seen)
    return seen


def test_every_module_of_the_live_page_is_asked_for_ahead():
    assert sorted(modules()) == sorted(f"js/fleet/{name}.js" for name in imported("main", set()))
