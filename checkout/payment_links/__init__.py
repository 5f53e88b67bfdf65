"""Payment links: an address that asks to be paid, with no shop around it."""
