"""ACH files as NACHA's operating rules lay them out (2024, appendices three and four): credits out, returns and changes in."""
