"""Audio extraction through MoviePy and ffmpeg."""
