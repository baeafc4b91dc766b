"""A conversion's attempts: claim, lease, progress, audio and outcome."""
