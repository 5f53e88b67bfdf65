"""The two doors to the audit trail: auditors' in the admin, and each merchant's own in its portal."""
