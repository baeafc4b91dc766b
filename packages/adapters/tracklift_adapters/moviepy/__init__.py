"""Audio extraction through MoviePy and ffmpeg, each in a process of its own.

`extractor.py` and the modules that it imports run in the application. `worker.py` and the modules that it imports run
in one process for each extraction; only they import MoviePy, which looks for ffmpeg as soon as it is imported.
"""
