"""What merchants sell, judged: products with the history of their decisions, files of items, and judging all of it again."""
