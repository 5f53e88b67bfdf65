"""The platform's people look at a merchant's portal as its own people see it, and change nothing there."""
