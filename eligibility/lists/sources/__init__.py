"""Where lists come from. A source brings small files whole and large ones to disk, going on where it broke off.

To add a kind of source: a class with `read` and `download` as in `Source`, and a line in `source_for`.
"""

from eligibility.lists.sources.port import Source, source_for

__all__ = ["Source", "source_for"]
