"""Files of items: read while they arrive, judged in the background chunk by chunk, given back in the same order."""
