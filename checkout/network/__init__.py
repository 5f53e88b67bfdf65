"""The card network link: ISO 8583 over TCP to one acquirer, and the sandbox host that answers it.

Callers need `types` (what travels), `errors` (what can go wrong), `cards` (BINs, test cards) and
`acquirer.acquirer()`.
The dialect is written down in docs/network.md. It is not certified by any card network nor by SIGIS.
"""
