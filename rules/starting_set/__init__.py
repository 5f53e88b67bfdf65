"""The Snoops that come with a release: one JSON file each, by category, all of one shape, with examples and their basis."""
