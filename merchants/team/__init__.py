"""Who works for a merchant: inviting, changing what they may do, and letting them go."""
