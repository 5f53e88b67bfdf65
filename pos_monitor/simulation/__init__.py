"""Terminals that are not there: a believable fleet for a sandbox, the same for a seed, which reports over the real doors."""
