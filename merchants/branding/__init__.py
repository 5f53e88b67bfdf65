"""How a merchant looks to shoppers: a logo and a colour, on hosted pages, receipts and letters."""
