"""What the platform's people tell each other about a merchant."""
