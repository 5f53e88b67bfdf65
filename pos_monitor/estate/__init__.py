"""What there is: distributors, stores, terminals, groups, how a terminal is enrolled, and how a list of them is brought in."""
