import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidOperation,
    OperationFailure,
    ProtocolError,
    PyMongoError,
)

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.errors import OutOfSpaceError

SERVICE = "The document store"
# Codes of the server (its source's error_codes.yml).
_MISTAKES = frozenset({2, 9, 14, 10334, 17419, 17420})
"""BadValue, FailedToParse, TypeMismatch, and documents above 16 MB: waiting fixes none of them."""
_OUT_OF_DISK_SPACE = 14031
_DUPLICATE_KEY = 11000
_LOST_LOCK = frozenset({"cannot wait on un-acquired lock", "Lock is not acquired", "Lock is not acquired."})
"""What locks say when the driver loses the one of its topology: asyncio's, and the driver's own."""


@contextmanager
def outages_translated() -> Iterator[None]:
    """Turn what says that MongoDB can't do its work now into `ServiceUnavailableError`.

    A duplicate key is an answer, which each repository reads in its own way, and a command that no server would take is
    a mistake in this adapter: both pass. A cancellation that the driver swallows (it does so while it opens a
    connection) is raised when its call has ended.

    A driver that loses a lock of its own, which it notices with a `RuntimeError`, is taken for an outage as well.
    `driver_waits` has what is known of the cause.
    """
    try:
        yield
    except DuplicateKeyError:
        raise
    except RuntimeError as error:
        _raise_swallowed_cancellation()
        if str(error) not in _LOST_LOCK:
            raise
        raise ServiceUnavailableError(SERVICE, f"the driver lost its lock ({error})") from error
    except PyMongoError as error:
        _raise_swallowed_cancellation()
        if not _is_outage(error):
            raise
        # A bulk's error carries all that was to be written, which must not get into a log.
        cause = None if isinstance(error, BulkWriteError) else error
        raise ServiceUnavailableError(SERVICE, _reason(error)) from cause
    _raise_swallowed_cancellation()


@contextmanager
def storing_translated() -> Iterator[None]:
    """Translate as `outages_translated` does, and tell a full disk apart: `OutOfSpaceError`."""
    with outages_translated():
        try:
            yield
        except OperationFailure as error:
            if _OUT_OF_DISK_SPACE in _codes(error):
                raise OutOfSpaceError("the media store") from None
            raise


def is_all_duplicates(error: BulkWriteError) -> bool:
    """Tell whether nothing of a bulk was refused but what is stored already."""
    return all(refusal.get("code") == _DUPLICATE_KEY for refusal in _refusals(error))


def _is_outage(error: PyMongoError) -> bool:
    if isinstance(error, OperationFailure):
        return _MISTAKES.isdisjoint(_codes(error))
    # A network that damages what it carries breaks the protocol. The driver calls it a wrong configuration when the
    # name service does not answer, and an invalid operation when its client was closed.
    return isinstance(error, ConnectionFailure | ConfigurationError | InvalidOperation | ProtocolError)


def _codes(error: OperationFailure) -> set[int | None]:
    return {error.code, *(refusal.get("code") for refusal in _refusals(error))}


def _refusals(error: OperationFailure) -> list[dict[str, Any]]:
    """Give what the server says of each single write of a bulk that it refused."""
    details = error.details or {}
    return [*details.get("writeErrors", ()), *details.get("writeConcernErrors", ())]


def _raise_swallowed_cancellation() -> None:
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return  # A worker thread, where nothing is cancelled.
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _reason(error: PyMongoError) -> str:
    text = str(error)
    if isinstance(error, OperationFailure) and (refusals := _refusals(error)):
        text = str(refusals[0].get("errmsg"))
    # The driver's message goes on with the whole answer, or with the topology of the cluster, which say nothing more to
    # the reader of the log.
    for superfluous in ("\n", ", full error:", ", Timeout:", " (configured timeouts:"):
        text = text.partition(superfluous)[0]
    return text[:300]
