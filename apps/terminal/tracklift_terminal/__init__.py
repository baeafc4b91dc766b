"""The part of the command `tracklift` that works with a remote server."""
