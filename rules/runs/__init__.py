"""Runs: every rule for every customer, part by part, over any number of workers; visible at once and whole, or not at all."""
