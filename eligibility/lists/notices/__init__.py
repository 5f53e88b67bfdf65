"""Merchants are told of changes of lists before they matter.

`reconcile` brings the notices to what the lists say now, `settle` judges them and tells, `passing` ends those whose moment has
come, `digests` writes to people once a day. Each can be repeated and run beside itself.
"""
