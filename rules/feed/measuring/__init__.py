"""What a Snoop did: how many it reached, what they did with it, and what would have happened anyway."""
