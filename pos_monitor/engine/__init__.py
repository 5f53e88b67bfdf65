"""One process for each shard: takes reports from the stream, keeps the state of each terminal, and writes history."""
