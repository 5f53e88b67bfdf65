"""The frame around every page of the fleet: its tabs, and the count of open incidents.

A page of the room's extends `admin/fleet/base.html`; a list of the admin sets `list_before_template = "admin/fleet/_tabs.html"`, and a form
`change_form_before_template` likewise. A tab is shown to whoever may view its model, from the moment its address exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from pos_monitor.models import DeadLetter, Incident

VIEW: Final = "pos_monitor.view_terminal"


@dataclass(frozen=True, slots=True)
class Tab:
    """address: a name that `reverse` knows. also: beginnings of other addresses that belong here, below /admin/."""

    words: str
    address: str
    permission: str
    icon: str
    also: tuple[str, ...] = ()


TABS: Final = (
    Tab("Fleet", "admin:fleet", VIEW, "grid_view"),
    Tab(
        "Inbox", "admin:pos_monitor_incident_changelist", "pos_monitor.view_incident", "inbox",
        ("pos_monitor/alert/", "pos_monitor/supportcase/", "pos_monitor/playbook/"),
    ),
    Tab(
        "Terminals", "admin:pos_monitor_terminal_changelist", VIEW, "point_of_sale",
        ("fleet/terminals/", "pos_monitor/store/", "pos_monitor/terminalgroup/", "pos_monitor/distributor/", "pos_monitor/terminalimport/"),
    ),
    Tab("Rules", "admin:pos_monitor_alertrule_changelist", "pos_monitor.view_alertrule", "tune"),
    Tab("Commands", "admin:pos_monitor_command_changelist", "pos_monitor.view_command", "terminal"),
    Tab("Maintenance", "admin:pos_monitor_maintenance_changelist", "pos_monitor.view_maintenance", "build"),
    Tab("Dead letters", "admin:pos_monitor_deadletter_changelist", "pos_monitor.view_deadletter", "mark_email_unread"),
    Tab("Reports", "admin:fleet_reports", "pos_monitor.view_incident", "summarize", ("pos_monitor/weeklyreport/",)),
)  # fmt: skip


def tabs_for(request: HttpRequest) -> list[dict[str, Any]]:
    """words, icon, url, is_here, count (of open incidents at the inbox, of dead letters at theirs) of each tab that this person may open."""
    found = [_tab(tab, request) for tab in TABS if request.user.has_perm(tab.permission)]
    return [tab for tab in found if tab]


def _tab(tab: Tab, request: HttpRequest) -> dict[str, Any]:
    try:
        url = reverse(tab.address)
    except NoReverseMatch:
        return {}
    homes = (url, *(reverse("admin:index") + also for also in tab.also))
    is_here = request.path == url if tab.address == "admin:fleet" else request.path.startswith(homes)
    return {
        "words": tab.words, "icon": tab.icon, "url": url, "is_here": is_here,
        "count": COUNTS[tab.words]() if tab.words in COUNTS else 0,
    }  # fmt: skip


def open_incidents() -> int:
    """How many incidents of all merchants are open and trouble somebody. One look at a partial index of few rows."""
    return Incident.objects.exclude(state=Incident.State.RESOLVED).filter(is_muted=False).count()


def open_letters() -> int:
    """How many dead letters nobody has settled. One look at a partial index of few rows."""
    return DeadLetter.objects.filter(state=DeadLetter.State.OPEN).count()


COUNTS: Final = {"Inbox": open_incidents, "Dead letters": open_letters}
