"""Uploads: how a video comes in and becomes a conversion."""
