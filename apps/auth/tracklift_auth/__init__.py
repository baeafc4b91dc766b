"""Users, tokens and keys."""
