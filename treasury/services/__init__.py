"""What the treasury does: settles, pays out, asks banks, takes what they say, and finds where it differs."""
