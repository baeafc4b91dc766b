"""Decoding with PyAV, and placing the sound where the file's timeline has it."""
