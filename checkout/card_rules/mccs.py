"""Merchant category codes at which benefit cards behave in a way of their own."""

from __future__ import annotations

from typing import Final

# The code alone tells that the sale is health care, so no item data is asked for and the store need not be certified: Notice
# 2006-69 lets plans rest on the code of a health care provider. Processors publish the codes; plans differ at 4119 and 7277.
HEALTHCARE_MCCS: Final = frozenset(
    ["4119", "5047", "5975", "5976", "7277", "8011", "8021", "8031", "8041", "8042", "8043", "8049", "8050", "8062", "8071", "8099"]
)  # fmt: skip

# The 90 % rule is for drug stores and pharmacies (Notice 2007-2, Prop. Reg. 1.125-6).
PHARMACY_MCCS: Final = frozenset({"5122", "5912"})

# Where health goods are sold beside others, and plans pay by inventory alone (Notice 2006-69; Notice 2007-2 adds supermarkets,
# wholesalers and mail order to drug stores): a store with such a code becomes able to take the cards by being certified.
INVENTORY_MCCS: Final = PHARMACY_MCCS | frozenset(
    ["5300", "5310", "5311", "5331", "5411", "5960", "5961", "5962", "5963", "5964", "5965", "5966", "5967", "5968", "5969"]
)
