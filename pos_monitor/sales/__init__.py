"""What tills sell: the way from a basket to a paid sale, its receipt, its void, and the end of the day."""
