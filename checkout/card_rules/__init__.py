"""What may go on a benefit card: one pure function and its tables. No Django, no I/O; nothing else in the platform decides it."""

from __future__ import annotations

from checkout.card_rules.facts import CardVerdict as CardVerdict
from checkout.card_rules.facts import Certification as Certification
from checkout.card_rules.facts import Indicator as Indicator
from checkout.card_rules.facts import Line as Line
from checkout.card_rules.facts import LineVerdict as LineVerdict
from checkout.card_rules.facts import Placement as Placement
from checkout.card_rules.facts import ShippingRule as ShippingRule
from checkout.card_rules.judge import judge_card as judge_card
from checkout.card_rules.kinds import BENEFIT_KINDS as BENEFIT_KINDS
