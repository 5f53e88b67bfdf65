"""Sales for support staff: all of it read only, found by what people say on the phone."""

from __future__ import annotations

from checkout.admin import card_bins, clearing, disputes, network, page_checks, payments, sales

__all__ = ["card_bins", "clearing", "disputes", "network", "page_checks", "payments", "sales"]
