"""Makes a smaller MP4 that holds the sound of an MP4 and nothing else, by copying byte ranges.

docs/sound-extract.md is the specification: another implementation of it gives the same bytes.
"""
