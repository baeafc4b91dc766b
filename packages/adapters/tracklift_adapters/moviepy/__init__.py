"""An audio engine of MoviePy and ffmpeg.

`engine.py` imports the rest when it has work to do: MoviePy takes long to import, and looks for
ffmpeg as soon as it is imported. `ffmpeg.py` is for applications that want to know whether there is one.
"""
