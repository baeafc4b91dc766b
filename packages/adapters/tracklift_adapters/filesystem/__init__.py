"""Media kept as files in a folder."""
