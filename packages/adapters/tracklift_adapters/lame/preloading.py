"""What a process imports to be ready for a video before there is one: the engine, with LAME's library loaded."""

import contextlib

import tracklift_adapters.lame.engine  # noqa: F401 - to have been imported
from tracklift_adapters.lame.library import MissingLameError, lame

with contextlib.suppress(MissingLameError):  # The engine will say so.
    lame()
