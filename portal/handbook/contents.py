"""What stands in the documentation, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOME: Final = "/docs/"
GENERATED: Final = frozenset({"test-cards"})  # written from the code's own tables, in portal/handbook/written.py


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation. name: of a file of docs/ (without .md), or "" where `url` leads elsewhere.

    url may hold a #part of a page that another entry shows whole. says: one line for the first page.
    """

    title: str
    name: str = ""
    url: str = ""
    says: str = ""

    @property
    def address(self) -> str:
        return self.url or f"{HOME}{self.name}/"


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    entries: tuple[Entry, ...]


SECTIONS: Final = (
    Section(
        "Start",
        (
            Entry("Quick start", "quick-start", says="A first sale in five minutes, with curl alone."),
            Entry("The whole tour", "getting-started", says="Everything a shop needs, once, slowly."),
            Entry("Test cards", "test-cards", says="A card for each thing a bank can answer."),
            Entry("Going live", "going-live", says="What to have in place before the first real card."),
        ),
    ),
    Section(
        "Take payments",
        (
            Entry("Payments", "payments", says="Several cards for one order, saved cards, 3-D Secure."),
            Entry("The payment page", url="/docs/payments/#what-the-hosted-page-does-by-itself"),
            Entry("Capture later", url="/docs/payments/#taking-what-is-held"),
            Entry("Refunds", url="/docs/payments/#giving-back"),
            Entry("Letters", url="/docs/payments/#orders-that-wait-for-a-letter"),
            Entry("Payment links", url="/docs/payments/#payment-links"),
            Entry("Subscriptions", "subscriptions", says="Baskets that renew, judged anew each time."),
            Entry("Your catalogue", "catalogue", says="Send products once, sell them by name."),
        ),
    ),
    Section(
        "Integrate",
        (
            Entry("JavaScript SDK", "sdk", says="Badges, cart splits and checkout in 5 KB."),
            Entry("Playground", url="/docs/playground/", says="Try the SDK against this platform."),
            Entry("WooCommerce", "woocommerce", says="From install to first sale in five minutes."),
            Entry("Python client", "python", says="Typed calls that are safe to repeat."),
            Entry("Webhooks", "webhooks", says="Hear of what happened, signed."),
            Entry("Recipes", "recipes", says="Short answers to what every shop must do."),
        ),
    ),
    Section(
        "Reference",
        (
            Entry("API", url="/v1/docs/", says="Every call, field by field."),
            Entry("Errors", "errors", says="Every code, what it means, what mends it."),
            Entry("Events", url="/docs/webhooks/#events"),
            Entry("Versions and repeats", "versions", says="What may change, and how to ask twice."),
        ),
    ),
)
PAGES: Final = tuple(entry for section in SECTIONS for entry in section.entries if entry.name)
NAMES: Final = frozenset(entry.name for entry in PAGES)


def neighbours(name: str) -> tuple[Entry | None, Entry | None]:
    """The page before and the page after."""
    at = [entry.name for entry in PAGES].index(name)
    return PAGES[at - 1] if at else None, PAGES[at + 1] if at + 1 < len(PAGES) else None
