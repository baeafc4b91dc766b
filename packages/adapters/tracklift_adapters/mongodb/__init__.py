"""Conversions, media and the delivery log in MongoDB."""
