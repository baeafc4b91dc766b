"""What errors of the file system mean to those who use a media store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.errors import OutOfSpaceError

SERVICE = "The media store"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk, the user's share of it, or the largest possible file is used up."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the operating system into the port's.

    Raises:
        OutOfSpaceError: there is no room.
        ServiceUnavailableError: everything else.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise OutOfSpaceError("the media store") from error
        raise ServiceUnavailableError(SERVICE, error.strerror or str(error)) from error
