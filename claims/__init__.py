"""Money that shoppers claim back from their benefit accounts."""
