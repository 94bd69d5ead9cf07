"""Firms and their registration."""
