"""The database itself: its two roles and extensions."""
