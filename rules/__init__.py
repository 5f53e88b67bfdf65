"""Snoops: hints that curators write as rules, judged for every customer every night."""
