"""A bank's core-banking API: JSON over HTTPS, both sides showing a certificate. docs/banks.md has its calls."""
