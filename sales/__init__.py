"""A merchant's sight of its sales: found, kept as views, exported, counted by day and by item."""
