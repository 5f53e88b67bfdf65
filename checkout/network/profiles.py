"""How processors differ in what they take and say: one row of switches each. Pure; a new processor is a new row.

Sources are the processors' own public guides and test suites (docs/network.md, "Processors"). None of them has certified us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Reason = Literal["", "approved", "partial", "healthcare_amounts", "iias_not_enabled", "issuer_away"]
FIELD_54_BLOCKS: Final = 6  # 120 characters of ISO 8583


@dataclass(frozen=True, slots=True)
class Profile:
    """One processor.

    max_blocks: how many amounts it takes, the healthcare total included; the smallest parts are folded into the total.
    purchase_sign: C or D in front of a purchase's amounts; sources disagree, so it is settled at certification.
    alone: network -> parts that may stand beside the total only by themselves.
    partial_code: field 39 of an approval in part; some say 00 and a smaller amount.
    tells_original: whether field 54 of an approval in part repeats what was asked for (amount type 57).
    healthcare_needs_certificate: healthcare amounts of a merchant that is not set up for IIAS are refused, whatever the card.
    own_codes: reason -> its own code (field 44) and words.
    """

    name: str
    max_blocks: int = FIELD_54_BLOCKS
    purchase_sign: Literal["C", "D"] = "D"
    alone: Mapping[str, frozenset[str]] = field(default_factory=dict)
    partial_code: Literal["10", "00"] = "10"
    tells_original: bool = True
    healthcare_needs_certificate: bool = False
    own_codes: Mapping[Reason, tuple[str, str]] = field(default_factory=dict)

    def own_code(self, reason: str) -> str:
        """The processor's code for a reason of ours; "" where it has none."""
        return next((code for known, (code, _) in self.own_codes.items() if known == reason), "")

    def words(self, own_code: str) -> str:
        """What the processor's own code means; "" for one that this table does not know."""
        return next((words for code, words in self.own_codes.values() if code == own_code), "")


_WORLDPAY_CODES: Final[Mapping[Reason, tuple[str, str]]] = {
    "approved": ("000", "Approved"),
    "partial": ("010", "Partially Approved"),
    "healthcare_amounts": ("341", "Invalid healthcare amounts"),
    "iias_not_enabled": ("192", "Merchant not certified/enabled for IIAS"),
}
_PROFILES: Final = (
    Profile("sandbox"),
    Profile("worldpay_ecommerce", healthcare_needs_certificate=True, own_codes=_WORLDPAY_CODES),
    Profile("worldpay_express", max_blocks=4),
    Profile("heartland", max_blocks=4),  # the total and three parts
    Profile("cybersource", max_blocks=5, alone={"visa": frozenset({"vision", "transit"})}),
    Profile("tsys", partial_code="00", tells_original=False),
    Profile("thredd", purchase_sign="C"),  # an issuer's processor, which calls C positive
)
PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({profile.name: profile for profile in _PROFILES})
SANDBOX: Final = PROFILES["sandbox"]


def profile_named(name: str) -> Profile:
    """The profile of this name; raises ValueError with the names there are."""
    try:
        return PROFILES[name]
    except KeyError:
        raise ValueError(f"There is no processor “{name}”: choose one of {', '.join(PROFILES)}.") from None
