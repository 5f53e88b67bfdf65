"""What sales cost their merchants."""
