"""Filters of the pages of a firm."""
