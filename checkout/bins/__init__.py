"""Which card is which: the ranges that acquirers send, imported, kept with their history, and looked up in memory."""

from __future__ import annotations

from checkout.bins.live import bin_for as bin_for
from checkout.bins.live import bin_spans as bin_spans
