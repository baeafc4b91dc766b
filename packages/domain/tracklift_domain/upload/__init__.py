"""Uploads: how a video is received and becomes a conversion."""
