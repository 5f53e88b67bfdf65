"""The only way to call an address that somebody else wrote down.

A merchant who may name an address could make us call our own database, the cloud's metadata service or a machine
next door. So: `check_url` when the address is written down, `safe_session()` (or `call` where nothing is
asynchronous) when it is called. The name is looked up once, every answer is judged, and the connection goes to
what was judged: a name that answers differently the next time gains nothing.
"""

from __future__ import annotations

from common.outgoing.addresses import AddressForbidden, also_reaching, may_reach
from common.outgoing.session import Answer, CallFailed, SafeSession, call, download, safe_session
from common.outgoing.urls import Address, check_url

__all__ = [
    "Address", "AddressForbidden", "Answer", "CallFailed", "SafeSession", "also_reaching", "call", "check_url", "download", "may_reach",
    "safe_session",
]  # fmt: skip
