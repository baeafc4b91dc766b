"""Typed settings read from environment variables and secret files."""
