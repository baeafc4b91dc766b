"""Deletion of conversions and of the media that none needs."""
