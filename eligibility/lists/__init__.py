"""The eligible-product lists: where they come from, how they are read, compared, kept and switched, and who is told."""
