"""Which model decides: versions and their files, promotion and roll-back without restart, shadow, drift."""
