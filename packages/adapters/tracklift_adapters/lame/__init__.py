"""Makes MP3s with LAME in several threads: segments of the audio are encoded in parallel and joined exactly."""
