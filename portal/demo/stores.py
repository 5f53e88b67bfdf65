"""The three merchants of the demo, and what each of them would sell."""

from __future__ import annotations

from dataclasses import dataclass

PRODUCTS_PER_STORE = 360


@dataclass(frozen=True, slots=True)
class Store:
    """One demo merchant. `shelves`: category names of the taxonomy, with the share of products from each group."""

    slug: str
    name: str
    legal_name: str
    address: str
    time_zone: str
    mcc: str
    is_iias_certified: bool
    card_acceptor_id: str
    statuses: dict[str, float]
    categories: tuple[str, ...] = ()


STORES = (
    Store(
        slug="pharmacy", name="Corner Pharmacy", legal_name="Corner Pharmacy LLC", address="118 Elm Street\nMontpelier, VT 05602",
        time_zone="America/New_York", mcc="5912", is_iias_certified=True, card_acceptor_id="FSADEMO00000001",
        statuses={"eligible": 0.55, "rx": 0.03, "letter": 0.2, "not_eligible": 0.22},
    ),
    Store(
        slug="general", name="Harbor General", legal_name="Harbor General Stores, Inc.", address="2400 Dock Road, Suite 12\nPortland, ME 04101",
        time_zone="America/New_York", mcc="5310", is_iias_certified=True, card_acceptor_id="FSADEMO00000002",
        statuses={"eligible": 0.25, "letter": 0.15, "not_eligible": 0.6},
    ),
    Store(
        slug="outdoor", name="Ridgeline Outdoor", legal_name="Ridgeline Outdoor Co.", address="77 Summit Avenue\nBoulder, CO 80302",
        time_zone="America/Denver", mcc="5941", is_iias_certified=False, card_acceptor_id="FSADEMO00000003",
        statuses={"eligible": 0.3, "letter": 0.2, "not_eligible": 0.5},
        categories=(
            "Sunscreen, SPF 15+ broad spectrum", "Lip balm, medicated or broad-spectrum SPF 15+", "First aid kits",
            "Bandages, gauze and wound care", "Insect repellent", "Insect bite and poison ivy relief",
            "Orthopedic braces, supports and splints", "Kinesiology and athletic tape, sports injury treatments",
            "Motion sickness and nausea", "Hot and cold therapy packs, heating pads", "Sports drinks and hydration mixes",
            "Fitness equipment", "Fitness trackers, smartwatches and sleep rings", "Foam rollers, stretching and recovery tools",
            "Sports and outdoor gear", "Clothing, footwear and sun-protective apparel", "Snacks and sweets",
            "Garden and outdoor living", "Protein powder and sports nutrition", "Tools, hardware and industrial",
            "Non-prescription sunglasses and blue-light glasses", "Insoles, orthotics and foot-care cushions",
        ),
    ),
)  # fmt: skip
