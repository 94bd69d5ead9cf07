"""Calls for applications and their guides."""
