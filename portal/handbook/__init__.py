"""The developers' documentation at /docs/: files of docs/ in an order to read them in, with search."""
