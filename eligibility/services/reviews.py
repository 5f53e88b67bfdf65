"""What people decide about items, and what waits for them: the doors that other rooms call."""

from __future__ import annotations

from eligibility.reviews.asking import ask_for_review
from eligibility.reviews.voting import record_review, undo_review

__all__ = ["ask_for_review", "record_review", "undo_review"]
