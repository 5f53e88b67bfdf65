"""What shoppers are written about a sale: the receipt, and the reminder that they asked for."""
