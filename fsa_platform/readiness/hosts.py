"""Under which names and through which machines do people reach this deployment?"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit


def debug(conf: Any) -> str:
    return "DEBUG is on." if conf.DEBUG else ""


def plain_base_url(conf: Any) -> str:
    return "" if _is_https(conf.BASE_URL) else f"BASE_URL is {conf.BASE_URL}, which anybody on the way can read."


def plain_card_frame(conf: Any) -> str:
    return (
        ""
        if _is_https(conf.CARD_FRAME_ORIGIN)
        else f"CARD_FRAME_ORIGIN is {conf.CARD_FRAME_ORIGIN}: cards would travel in the clear."
    )


def same_origin(conf: Any) -> str:
    same = urlsplit(conf.BASE_URL).hostname == urlsplit(conf.CARD_FRAME_ORIGIN).hostname
    return "Card numbers are typed on the same host as everything else." if same else ""


def any_host(conf: Any) -> str:
    loose = [host for host in conf.ALLOWED_HOSTS if "*" in host or host.startswith(".") or host == "testserver"]
    if loose or not conf.ALLOWED_HOSTS:
        return f"ALLOWED_HOSTS answers to {', '.join(loose) or 'nothing'}: links in letters could be made to lead elsewhere."
    return ""


def own_hosts_missing(conf: Any) -> str:
    wanted = {urlsplit(address).hostname or "" for address in (conf.BASE_URL, conf.CARD_FRAME_ORIGIN)}
    missing = sorted(wanted - {host.lower() for host in conf.ALLOWED_HOSTS})
    return f"ALLOWED_HOSTS lacks {' and '.join(missing)}, at which people reach the platform." if missing else ""


def proxy_unknown(conf: Any) -> str:
    """TLS ends at a proxy (`manage.py web` speaks none), so that somebody stands between."""
    if _is_https(conf.BASE_URL) and not conf.TRUSTED_PROXIES:
        return "TRUSTED_PROXIES is empty although BASE_URL is https: limits by address would hit everybody at once."
    return ""


def proxies_malformed(conf: Any) -> str:
    bad = [written for written in conf.TRUSTED_PROXIES if not _is_network(written)]
    return f"TRUSTED_PROXIES has {', '.join(bad)}: callers could choose their own address." if bad else ""


def _is_https(address: str) -> bool:
    return urlsplit(address).scheme == "https"


def _is_network(written: str) -> bool:
    try:
        return ip_network(written, strict=False).prefixlen > 0
    except ValueError:
        return False
