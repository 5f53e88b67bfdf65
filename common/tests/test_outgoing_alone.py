"""No other module opens HTTP to the outside: whoever wants to, goes through `common.outgoing`."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = {
    "aiohttp", "httpx", "requests", "urllib3", "urllib.request", "http.client", "pycurl", "websockets.client", "httpcore", "ftplib", "smtplib",
    "telnetlib", "xmlrpc.client",
}  # fmt: skip
# Who may, and whom they call: addresses of our own processes on loopback, never one that came in.
ALLOWED = {
    "common/outgoing/session.py": "this is the door",
    "checkout/payment_pages/check.py": "our own pages, by the addresses of the settings",
    "vault/custody/local/client.py": "our own keeper of keys, named by the settings",
    "common/mail.py": "our own mail server, named by the settings",
    "fsa_platform/smoke.py": "our own platform",
    "fsa_platform/management/commands/up.py": "our own health check",
    "integrations/terminal_client/client.py": "a program of a device of its own, that calls its platform",
    "integrations/terminal_client/identity.py": "the same",
    "integrations/python/fsa_platform_client/transport.py": "a program of a merchant's own, that calls its platform",
    "integrations/python/fsa_platform_client/client.py": "the same",
    "integrations/js/examples/django/shop.py": "a shop's own server, that calls its platform",
    "pos_monitor/simulation/selling.py": "a made-up till that sells at our own doors",
    "pos_monitor/simulation/sending/websocket.py": "made-up tills that call our own doors",
    "eligibility/lists/publisher/http_server.py": "the sandbox's publisher: it serves, and calls nobody",
    "eligibility/lists/publisher/running.py": "the same",
    "checkout/network/host/background.py": "our own sandbox host, in tests and benches",
    "treasury/banks/core_api/client.py": "a bank that the settings name, over mutual TLS",
}
ROOMS = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "bench"]


def clients_imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            names |= {str(node.args[0].value)} if called in {"import_module", "__import__"} else set()
    return {client for client in CLIENTS for name in names if name == client or name.startswith(f"{client}.")}


def test_only_the_named_files_import_an_http_client():
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in room.rglob("*.py")
        if not {"tests", "migrations"} & set(path.parts) and clients_imported(path)
    }

    assert len(ROOMS) >= 10
    assert found == set(ALLOWED)
