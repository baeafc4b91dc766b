"""API keys, with which programs call."""
