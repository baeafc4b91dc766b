import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import DuplicateKeyError, PyMongoError

from tracklift_domain.errors import ServiceUnavailableError

SERVICE = "The document store"


@contextmanager
def outages_translated() -> Iterator[None]:
    """Turn what says that MongoDB can't do its work now into `ServiceUnavailableError`.

    A duplicate key is an answer, which each repository reads in its own way. A cancellation that the driver swallows
    (it does so while it opens a connection) is raised when its call has ended.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        _raise_swallowed_cancellation()
        raise ServiceUnavailableError(SERVICE, _first_line(error)) from error
    _raise_swallowed_cancellation()


def _raise_swallowed_cancellation() -> None:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return  # A worker thread, where nothing is cancelled.
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _first_line(error: PyMongoError) -> str:
    # The driver's message goes on with the topology of the cluster, which says nothing more to whoever reads the log.
    return str(error).partition("\n")[0].partition(", Timeout:")[0][:300]
