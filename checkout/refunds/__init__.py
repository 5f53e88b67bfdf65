"""Giving money back: what goes to which card and why, the refund itself, and what the network said of it."""
