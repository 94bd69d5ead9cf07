"""The pages of a firm: what it is due, its files and facts, its applications."""
