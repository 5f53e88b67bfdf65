"""What can happen to notices. `notify` is the one that other rooms call."""

from __future__ import annotations

from notices.services.tell import notify

__all__ = ["notify"]
