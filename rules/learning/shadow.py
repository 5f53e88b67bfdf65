"""What the ranker in shadow would have done on live feeds: where it would have put what customers acted on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from rules.learning.dataset import acted_places
from rules.models import LearnedModel, LearningShowing

LEAST_SHOWINGS: Final = 200
LEAST_ACTS: Final = 50
NEWEST: Final = 20_000  # showings that are looked at: the last of them tell what is true now


@dataclass(frozen=True, slots=True)
class Evidence:
    """Places are counted from 1, means over what was acted on. moved: showings whose order it would have changed."""

    showings: int
    moved: int
    acts: int
    place_shown: float
    place_would_be: float
    higher: int
    lower: int

    def refusal(self) -> str:
        """Why it may not be made live yet, in a sentence, or nothing."""
        if self.showings < LEAST_SHOWINGS or self.acts < LEAST_ACTS:
            return (
                f"The shadow saw {self.showings} showings with {self.acts} acts: {LEAST_SHOWINGS} with {LEAST_ACTS} are needed "
                "before anybody can tell."
            )
        if self.place_would_be > self.place_shown:
            return (
                f"What customers acted on stood at place {self.place_shown:.2f} on average, and would have stood at "
                f"{self.place_would_be:.2f}: lower, so it stays in shadow."
            )
        return ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def evidence_of(model: LearnedModel) -> Evidence:
    """Of its newest showings in shadow. The caller may look across merchants."""
    rows = LearningShowing.objects.filter(shadow=model, shadow_places__isnull=False).order_by("-at")[:NEWEST]
    showings = list(rows.only("customer_id", "at", "slots", "shadow_places"))
    acted = acted_places(showings)
    pairs = [
        (place, would)
        for at, places in acted.items()
        for place in places
        for would in [(showings[at].shadow_places or [])[place]]
    ]
    return Evidence(
        showings=len(showings), moved=sum(one.shadow_places != sorted(one.shadow_places or []) for one in showings), acts=len(pairs),
        place_shown=_mean([shown for shown, _ in pairs]), place_would_be=_mean([would for _, would in pairs]),
        higher=sum(would < shown for shown, would in pairs), lower=sum(would > shown for shown, would in pairs),
    )  # fmt: skip


def _mean(places: list[int]) -> float:
    return round(1 + sum(places) / len(places), 4) if places else 0.0
