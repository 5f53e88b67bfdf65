"""Finding a merchant's products by what a person describes: by meaning, by spelling, and by what helps against what."""
