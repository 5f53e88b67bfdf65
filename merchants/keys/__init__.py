"""API keys: how they are written, what each may do, from where, and until when."""
