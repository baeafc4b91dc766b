"""The frames and tags of an MP3 file."""
