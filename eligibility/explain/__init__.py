"""What a decision says about itself: cues in the title, training titles like it, and what would make the answer another one."""

from eligibility.explain.changes import would_change
from eligibility.explain.found import found_cues
from eligibility.explain.similar import similar_titles

__all__ = ["found_cues", "similar_titles", "would_change"]
