"""Baskets that are bought again and again: each period judged, split and charged anew (docs/subscriptions.md)."""
