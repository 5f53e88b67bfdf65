"""The sandbox acquirer: a process that behaves like a card network's host, with test cards for every outcome.

It moves no money and speaks to nobody. `manage.py sandbox_acquirer` runs it;
`background.BackgroundHost` does so in tests.
"""
