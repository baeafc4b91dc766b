"""Makes MP3 with LAME on several threads at once: pieces of the audio are encoded side by side and joined exactly."""
