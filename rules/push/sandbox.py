"""The sandbox's way: nothing leaves the platform; support sees under “Pushes” what would have been sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rules.push.port import Note, Sent, Target

# As vendors' sandboxes have it: a device with this token is answered like one whose app was deleted.
GONE_TOKEN: Final = "sandbox-gone"  # nosec B105  no secret


class SandboxPush:
    name = "sandbox"

    def send(self, note: Note, targets: Sequence[Target]) -> Sent:
        gone = [target.device for target in targets if target.token == GONE_TOKEN]
        taken = len(targets) - len(gone)
        return Sent(is_taken=taken > 0, note=f"Kept for looking at: {taken} device{'s' * (taken != 1)}.", gone=gone)
