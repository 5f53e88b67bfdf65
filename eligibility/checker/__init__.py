"""The checker: a public page of each merchant that says whether a benefit card may pay for something."""
