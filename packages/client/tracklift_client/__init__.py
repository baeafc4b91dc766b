"""What a program of a user needs to work with a Tracklift server; it imports nothing of the server itself."""
