"""Why a card did not pay, in the words of whoever asks: one table of response codes, and what is reckoned from it."""

from __future__ import annotations

from checkout.declines.table import Decline as Decline
from checkout.declines.table import explain as explain
