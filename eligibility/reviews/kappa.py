"""Agreement between two raters beyond chance. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa, -1 to 1, of (first label, second label) pairs; none without pairs or where chance alone explains all.

    Cohen, J. (1960), A coefficient of agreement for nominal scales. Who was first is of no meaning here, so each pair counts in
    both orders: that is Scott's pi, which is kappa for raters who are interchangeable.
    """
    if not pairs:
        return None
    observed = sum(a == b for a, b in pairs) / len(pairs)
    shares = Counter(label for pair in pairs for label in pair)
    total = 2 * len(pairs)
    expected = sum((count / total) ** 2 for count in shares.values())
    return None if expected >= 1 else (observed - expected) / (1 - expected)
