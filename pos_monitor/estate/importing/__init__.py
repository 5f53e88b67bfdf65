"""Bringing in a list of terminals: read, looked at, carried out chunk by chunk."""

from pos_monitor.estate.importing.services import cancel_import, carry_on, create_import, start_import

__all__ = ["cancel_import", "carry_on", "create_import", "start_import"]
