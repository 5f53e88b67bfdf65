"""From a draft to what every process judges by: revisions, approvals, immutable versions, and following which is in force."""
