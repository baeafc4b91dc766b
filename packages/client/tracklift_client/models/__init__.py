"""What the server says and is told, as types."""
