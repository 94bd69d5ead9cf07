"""Files handed in and what was read in them."""
