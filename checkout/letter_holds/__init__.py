"""Orders that wait for a letter of medical necessity while the benefit card holds the money (ADR 0044)."""
