"""The worker that turns videos into audio."""
