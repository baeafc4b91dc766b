"""The LAME library, which is linked into the package lameenc.

lameenc's own interface accepts 16-bit samples only. So its shared object, which exports LAME's C interface (lame.h), is
called by ctypes, which releases the interpreter lock during each call.
"""

import ctypes
import functools
import importlib.util
from ctypes import POINTER, c_char_p, c_float, c_int, c_ubyte, c_void_p

_SETTERS = (
    "num_channels",
    "in_samplerate",
    "out_samplerate",
    "mode",
    "quality",
    "VBR",
    "brate",
    "bWriteVbrTag",
    "write_id3tag_automatic",
)


class MissingLameError(Exception):
    """The package lameenc is not installed, or its shared object does not export LAME's functions."""


@functools.cache
def lame() -> ctypes.CDLL:
    """Load the library and declare the functions that are used.

    Raises:
        MissingLameError: it can't be loaded.
    """
    found = importlib.util.find_spec("lameenc")
    if found is None or found.origin is None:
        raise MissingLameError("the package lameenc is not installed")
    try:
        library = ctypes.CDLL(found.origin)
        _declare(library)
    except (OSError, AttributeError) as error:
        raise MissingLameError(f"{found.origin} can't be used: {error}") from error
    return library


def version() -> str:
    """Return LAME's version, such as 3.100."""
    text: bytes = lame().get_lame_short_version()
    return text.decode("ascii")


def _declare(library: ctypes.CDLL) -> None:
    library.get_lame_short_version.restype = c_char_p
    library.lame_init.restype = c_void_p
    for name in _SETTERS:
        getattr(library, f"lame_set_{name}").argtypes = [c_void_p, c_int]
    for name in ("VBR_quality", "scale"):
        getattr(library, f"lame_set_{name}").argtypes = [c_void_p, c_float]
    for name in ("init_params", "get_encoder_delay", "get_lowpassfreq", "close"):
        getattr(library, f"lame_{name}").argtypes = [c_void_p]
    output = POINTER(c_ubyte)
    library.lame_encode_buffer_float.argtypes = [c_void_p, c_void_p, c_void_p, c_int, output, c_int]
    library.lame_encode_flush.argtypes = [c_void_p, output, c_int]
