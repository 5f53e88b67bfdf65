"""Catalogues that are fetched from merchants' own addresses, hour by hour, and taken as if they had been sent."""
