"""The command `tracklift`, as far as it works with a server elsewhere."""
