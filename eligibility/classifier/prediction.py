"""What the model makes of one title, and its small form for the cache."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eligibility.taxonomy import STATUSES, UNKNOWN

N_TOP = 5
_FORM = 1  # raise when the small form changes: what is kept in another form is not read
_HEAD = struct.Struct(f">BBBHH{len(STATUSES)}H")
_PLACE = struct.Struct(">HH")
_STEPS = 10_000  # probabilities are kept, and told, in steps of a hundredth of a per cent


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model makes of one title.

    status: `eligible`, `rx`, `letter`, `not_eligible`, or `unknown` below the status' threshold.
    forced_status: the status without a threshold. confidence: 0 to 1, calibrated probability that it is right.
    probabilities: per status, the sum over its categories, 0 to 1.
    top: the N_TOP likeliest categories (taxonomy codes) with their probabilities, the likeliest first.
    sketch: the title's place among the training titles, for `neighbours`; empty where the model keeps none.
    """

    status: str
    forced_status: str
    category: str  # taxonomy code, of the forced status
    confidence: float
    probabilities: Mapping[str, float]
    model_version: str
    above_threshold: bool
    top: tuple[tuple[str, float], ...] = ()
    sketch: bytes = b""


def pack(prediction: Prediction, columns: Mapping[str, int]) -> bytes:
    """About a hundred bytes. columns: taxonomy code -> its number in the model."""
    head = _HEAD.pack(
        _FORM, STATUSES.index(prediction.forced_status), prediction.above_threshold, columns[prediction.category],
        _steps(prediction.confidence), *(_steps(prediction.probabilities[status]) for status in STATUSES),
    )  # fmt: skip
    top = b"".join(_PLACE.pack(columns[code], _steps(share)) for code, share in prediction.top)
    return head + bytes([len(prediction.top)]) + top + prediction.sketch


def unpack(kept: bytes, codes: Sequence[str], version: str) -> Prediction | None:
    """The prediction as it was packed; None where the bytes are of another form or cut short."""
    try:
        form, forced_at, above, category, confidence, *shares = _HEAD.unpack_from(kept)
        n_top = kept[_HEAD.size]
        start = _HEAD.size + 1
        end = start + n_top * _PLACE.size
        places = [_PLACE.unpack_from(kept, at) for at in range(start, end, _PLACE.size)]
        if form != _FORM:
            return None
        forced = STATUSES[forced_at]
        return Prediction(
            status=forced if above else UNKNOWN, forced_status=forced, category=codes[category], confidence=confidence / _STEPS,
            probabilities={status: share / _STEPS for status, share in zip(STATUSES, shares, strict=True)},
            model_version=version, above_threshold=bool(above),
            top=tuple((codes[column], share / _STEPS) for column, share in places), sketch=kept[end:],
        )  # fmt: skip
    except (struct.error, IndexError):
        return None


def _steps(share_0_1: float) -> int:
    return round(share_0_1 * _STEPS)
