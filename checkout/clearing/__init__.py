"""Reconciliation: the network's clearing files against what we booked. Where they differ, a case waits for a person."""
