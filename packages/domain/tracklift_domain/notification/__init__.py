"""Notifications: what users are told by mail."""
