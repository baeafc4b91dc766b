"""The worker that mails users."""
