"""What a decision says about itself: the cues in a title, and what would make the answer another one."""

from eligibility.explain.changes import would_change
from eligibility.explain.found import found_cues

__all__ = ["found_cues", "would_change"]
