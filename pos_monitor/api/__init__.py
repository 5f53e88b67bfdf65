"""The doors of the API."""
