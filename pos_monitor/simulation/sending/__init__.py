"""How made-up terminals reach the platform: its real doors, one connection each, as real ones do."""
