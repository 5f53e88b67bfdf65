"""How a business becomes a merchant: it applies, people of risk check it, two of them decide."""
