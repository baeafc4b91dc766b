"""The boxes of a file, with bounds on what is read of it, and what a file is that is not an MP4."""
