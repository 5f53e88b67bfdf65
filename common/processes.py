"""What a process calls itself where it says what it does."""

from __future__ import annotations

import os
import socket
import sys
from typing import Final

ROLES: Final = ("web", "worker", "beat", "runserver")


def process_role() -> str:
    """`web`, `worker`, `beat`; of a command, its name."""
    return next((word for word in sys.argv[1:] if word in ROLES), sys.argv[1] if len(sys.argv) > 1 else "program")[:40]


def process_name() -> str:
    """Host, process id and role: nobody else's at the same time."""
    return f"{socket.gethostname()}:{os.getpid()}:{process_role()}"[:120]
