"""What can be asked of the treasury."""
