"""`{% fleet_tabs as tabs %}`: the tabs of the fleet's pages, for whoever asks."""

from __future__ import annotations

from typing import Any

from django.template import Context, Library

register = Library()


@register.simple_tag(takes_context=True)
def fleet_tabs(context: Context) -> list[dict[str, Any]]:
    # Imported late: the admin's own base renders templates as it is imported, and so asks for this library.
    from pos_monitor.admin.shell import tabs_for

    return tabs_for(context["request"])
