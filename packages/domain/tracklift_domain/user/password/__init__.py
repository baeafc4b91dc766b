"""Passwords: what they may be, and how they are checked."""
