"""Giving a merchant new keys while it goes on selling: wrapping its secrets anew at the bank, or sealing every row anew."""
