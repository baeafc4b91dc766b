"""Making an MP3 out of a video: what is in it, what is wanted of it, what can go wrong."""
