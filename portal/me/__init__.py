"""The shopper's own pages, under /me/: signing in without a password, purchases, sessions, passkeys."""
