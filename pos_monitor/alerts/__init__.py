"""Alerts and incidents: opened, acknowledged, resolved, told to people."""
