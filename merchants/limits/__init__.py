"""How much a merchant may sell and be paid out, and what the people of risk hold back."""
