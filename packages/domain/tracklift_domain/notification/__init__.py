"""Notifications: the mails that users are sent."""
