"""Which scripts and headers the pages around a payment may have, and whether what is served has just these.

PCI DSS 6.4.3 (each script is authorised, its integrity assured, its reason written down) and 11.6.1 (changes to scripts and
security headers, as a shopper's browser gets them, are noticed).
"""
