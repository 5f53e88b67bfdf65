"""Merchant category codes (ISO 18245) that tell something about a payment; names as the IRS lists them in Rev. Proc. 2004-43."""

from __future__ import annotations

from typing import Final

# Payees whose whole trade is health care, or nearly: drug stores sell other things too, as any reader of these sums is told.
MEDICAL: Final = {
    "4119": "Ambulance services",
    "5047": "Medical, dental and ophthalmic equipment and supplies",
    "5122": "Drugs and druggists' sundries",
    "5912": "Drug stores and pharmacies",
    "5975": "Hearing aids",
    "5976": "Orthopedic goods",
    "7277": "Counselling services",
    "8011": "Doctors",
    "8021": "Dentists and orthodontists",
    "8031": "Osteopaths",
    "8041": "Chiropractors",
    "8042": "Optometrists and ophthalmologists",
    "8043": "Opticians and eyeglasses",
    "8049": "Podiatrists",
    "8050": "Nursing and personal care",
    "8062": "Hospitals",
    "8071": "Medical and dental laboratories",
    "8099": "Medical services",
}

# Of these one is usually enough: two of a kind are worth a look.
SUBSCRIPTION_KINDS: Final = {
    "4899": "television and video",
    "5815": "books, films and music",
    "5816": "games",
    "5817": "apps",
    "5818": "digital goods",
    "5968": "deliveries by subscription",
    "7997": "gym and sports club",
    "7298": "health and beauty spa",
}

# People go there as they need to: what looks regular is a habit, not a subscription.
NEVER_SUBSCRIBED: Final = {
    "4111": "Commuter transport",
    "5411": "Grocery stores and supermarkets",
    "5499": "Convenience stores",
    "5541": "Service stations",
    "5542": "Fuel dispensers",
    "5812": "Restaurants",
    "5814": "Fast food",
    "6010": "Cash at a counter",
    "6011": "Cash at a machine",
}
