"""Encoding with LAME, in segments at the same time, whose frames are joined exactly."""
