"""Reads a stored file in blocks, and fetches the next ones ahead. A store only has to implement fetching blocks."""
