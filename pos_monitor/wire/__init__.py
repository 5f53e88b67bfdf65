"""What a terminal says: the report, its units, and how it is carried between our processes."""
