"""What we tell terminals to do, and the ledger of it."""
