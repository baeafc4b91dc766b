"""Stored files: videos that came and MP3s that were made."""
