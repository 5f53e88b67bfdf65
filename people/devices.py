"""Where somebody signs in from, told as roughly as a person needs to know it again: no whole address, no whole user agent."""

from __future__ import annotations

from django.http import HttpRequest

from common.addresses import client_address, coarse

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"),
           ("Linux", "Linux"))  # fmt: skip


def device_named(agent: str) -> str:
    """“Firefox on Windows”, from a list of known words: whatever else a user agent says is not kept. Empty for one of none of them."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " on ".join(filter(None, (browser, system)))


def device_of(request: HttpRequest) -> str:
    return device_named(request.headers.get("User-Agent", "")) or "Unknown device"


def network_of(request: HttpRequest) -> str | None:
    """The network that the call came from, as its first address: 203.0.113.0 for 203.0.113.77."""
    return coarse(client_address(request)).partition("/")[0] or None
