"""What a shopper lets us read at their bank: consent, accounts and transactions, and the end of it."""
