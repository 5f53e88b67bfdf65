"""When a guard speaks: phrases that a title must have, may be asked to have beside them, and must not have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Condition:
    """Phrases are whole words in small letters. A space stands for any gap, a hyphen too; a final `*` for any ending.

    has: at least one of them. beside: and, where given, one of these. lacks: none of these, for they change what it is.
    """

    has: tuple[str, ...]
    beside: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def is_met(self, lower: str) -> bool:
        """lower: a normalised title in small letters."""
        return bool(
            self._has.search(lower)
            and (not self.beside or self._beside.search(lower))
            and not (self.lacks and self._lacks.search(lower))
        )

    @cached_property
    def _has(self) -> re.Pattern[str]:
        return pattern_of(self.has)

    @cached_property
    def _beside(self) -> re.Pattern[str]:
        return pattern_of(self.beside)

    @cached_property
    def _lacks(self) -> re.Pattern[str]:
        return pattern_of(self.lacks)


def pattern_of(phrases: Sequence[str]) -> re.Pattern[str]:
    """One pattern that finds any of the phrases as whole words. Linear in the title: no part of it can match two ways."""
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(_written(phrase) for phrase in phrases)})(?![^\W_])")


def _written(phrase: str) -> str:
    stem, ending = (phrase[:-1], r"[^\W_]*") if phrase.endswith("*") else (phrase, "")
    return r"[\s\-]+".join(re.escape(word) for word in stem.split()) + ending
