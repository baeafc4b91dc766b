"""Signing up, and being invited."""
