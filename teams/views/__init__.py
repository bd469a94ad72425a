"""Pages of people, groups and settings."""
