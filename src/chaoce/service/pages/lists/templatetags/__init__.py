"""Tags of the pages of lists."""
