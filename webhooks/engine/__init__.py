"""Delivering: a loop that claims what is due, calls the receivers beside each other, and writes what came of it in bulk."""
