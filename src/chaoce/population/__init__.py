"""Many firms: what a whole population is due, computed in columns."""
