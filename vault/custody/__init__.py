"""Who keeps the keys: the bank, behind one port with an adapter for each kind of keeper."""
