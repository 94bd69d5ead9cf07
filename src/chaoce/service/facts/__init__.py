"""The facts of a firm and what it has received."""
