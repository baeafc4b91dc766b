"""The bodies of requests: what they may be, and how they are read."""
