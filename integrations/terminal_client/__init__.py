"""A terminal's end of docs/terminals-protocol.md: enrol once, then say how you are; nothing said is lost while the network is."""

from integrations.terminal_client.buffer import Buffer, Name
from integrations.terminal_client.client import TerminalClient
from integrations.terminal_client.identity import Identity, enrol

__all__ = ["Buffer", "Identity", "Name", "TerminalClient", "enrol"]
