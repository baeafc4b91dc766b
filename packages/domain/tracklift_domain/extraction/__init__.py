"""Making an MP3 from a video: what the video contains, what the user wants, what can go wrong."""
