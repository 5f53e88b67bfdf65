"""Clearing, book and bank side by side, each day: what differs is a case, and a day is closed when each is answered for."""
