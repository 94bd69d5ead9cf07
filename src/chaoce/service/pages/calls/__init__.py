"""The pages of those who keep calls: the calls of a year and their guides, version by version."""
