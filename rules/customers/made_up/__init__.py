"""Customers thought up for trials of scale: as many as wanted, believable, and marked as what they are."""
