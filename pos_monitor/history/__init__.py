"""What terminals reported: partitions, compaction, roll-ups, and reading it back."""
