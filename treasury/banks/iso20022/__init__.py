"""ISO 20022 as banks in the United States take it: pain.001.001.09 out, pain.002.001.10 and camt.053.001.08 in."""
