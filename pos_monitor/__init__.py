"""The till fleet, live: terminals and online stores, what they report, what is wrong with them, and who looks after it."""
