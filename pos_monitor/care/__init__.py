"""Support’s work: playbooks, cases with merchants, reports."""
