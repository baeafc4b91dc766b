"""Where a reader stands after it was told to move."""

import os


def position_after(offset: int, whence: int, *, position: int, size: int) -> int:
    """Give the position that `io.IOBase.seek` means, for bytes of this size that are read at `position`.

    Raises:
        ValueError: `whence` is none of the three, or the position lies before the beginning.
    """
    starts = {os.SEEK_SET: 0, os.SEEK_CUR: position, os.SEEK_END: size}
    if whence not in starts:
        raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
    if starts[whence] + offset < 0:
        raise ValueError(f"negative seek position {starts[whence] + offset}")
    return starts[whence] + offset
