"""Whether this deployment may take real money: `manage.py check --deploy`, and the same before web, worker and beat start.

Each finding has an id (`fsa.E001`), says what is wrong and what to set. In the sandbox nothing is asked.
"""
