"""Password hashes, tokens and their keys."""
