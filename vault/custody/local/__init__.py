"""A keeper of keys that runs beside the platform, in a process and a store of its own."""
