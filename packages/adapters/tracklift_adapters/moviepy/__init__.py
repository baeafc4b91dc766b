"""An audio engine that uses MoviePy and ffmpeg.

`engine.py` imports the rest on first use: MoviePy takes long to import, and looks for ffmpeg when it is imported.
`ffmpeg.py` is for applications that check whether ffmpeg works.
"""
