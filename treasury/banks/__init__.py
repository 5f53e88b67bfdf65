"""Everything that speaks to a bank: no Django models, nothing of the rooms' own.

Callers need `types` (what travels), `errors` (what can go wrong), `words` (what a field may hold) and `endpoints`
(which bank, where, and what happens when it does not answer). docs/banks.md says how each format is spoken.
"""
