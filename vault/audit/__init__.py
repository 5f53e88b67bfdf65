"""The audit trail: who read or changed personal or money data, in chains that nobody can mend unseen."""
