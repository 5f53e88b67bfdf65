"""States of terminals and commands as badges say them: (word, tone)."""

from __future__ import annotations

from typing import Final

from pos_monitor.models import Command, CommandDelivery, Terminal, TerminalImport

TERMINAL_WORDS: Final = {
    Terminal.State.STOCK: ("In stock", "silent"), Terminal.State.ACTIVE: ("Active", "good"), Terminal.State.REPAIR: ("In repair", "warn"),
    Terminal.State.RETIRED: ("Retired", "silent"),
}  # fmt: skip
COMMAND_WORDS: Final = {
    Command.State.WAITING: ("Waits for approval", "warn"), Command.State.RUNNING: ("Under way", "info"),
    Command.State.HALTED: ("Stopped by errors", "fault"), Command.State.CANCELLED: ("Cancelled", "silent"),
    Command.State.FINISHED: ("Finished", "good"),
}  # fmt: skip
DELIVERY_WORDS: Final = {
    CommandDelivery.State.QUEUED: ("Queued", "silent"), CommandDelivery.State.SENT: ("Sent", "info"),
    CommandDelivery.State.RECEIVED: ("Received", "info"), CommandDelivery.State.DONE: ("Done", "good"),
    CommandDelivery.State.FAILED: ("Failed", "fault"), CommandDelivery.State.EXPIRED: ("Expired", "warn"),
    CommandDelivery.State.CANCELLED: ("Cancelled", "silent"),
}  # fmt: skip
IMPORT_WORDS: Final = {
    TerminalImport.State.PREVIEWED: ("To be confirmed", "warn"), TerminalImport.State.RUNNING: ("Under way", "info"),
    TerminalImport.State.DONE: ("Done", "good"), TerminalImport.State.CANCELLED: ("Cancelled", "silent"),
}  # fmt: skip
