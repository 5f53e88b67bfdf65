"""Benefit accounts of a shopper: what is in them, until when it must be spent, and what would be lost."""
