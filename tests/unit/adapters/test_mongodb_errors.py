"""What the MongoDB adapter makes of the errors of its driver, as far as no server can be made to give them."""

import traceback
from typing import Any

import pytest
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    CursorNotFound,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ProtocolError,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
    WTimeoutError,
)

from tracklift_adapters.mongodb.errors import outages_translated, storing_translated
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.errors import OutOfSpaceError

VIDEO = b"private bytes of a video"
OUT_OF_DISK_SPACE = 14031


def refused_bulk(code: int, text: str) -> BulkWriteError:
    """Make the error of a bulk of which one document was refused, as the driver makes it."""
    operation = {"_id": 1, "n": 0, "data": VIDEO}
    refusal = {"index": 0, "code": code, "errmsg": text, "op": operation}
    return BulkWriteError({"writeErrors": [refusal], "writeConcernErrors": [], "nInserted": 0})


OUTAGES: list[Exception] = [
    # Of the driver's own locks, while it waits for a server.
    RuntimeError("cannot wait on un-acquired lock"),
    RuntimeError("Lock is not acquired."),
    AutoReconnect("connection closed"),
    NetworkTimeout("timed out"),
    NotPrimaryError("not primary", {"code": 10107}),
    ServerSelectionTimeoutError("no server"),
    WaitQueueTimeoutError("no free connection"),
    ExecutionTimeout("operation exceeded time limit", 50),
    WTimeoutError("waiting for replication timed out", 64),
    WriteConcernError("not enough data-bearing nodes", 100),
    CursorNotFound("cursor id 1 not found", 43),
    ProtocolError("Got response id 4 but expected 5"),
    ConfigurationError("the name service does not answer"),
    OperationFailure("Authentication failed.", 18),
    OperationFailure("not authorized", 13),
    OperationFailure("node is not in primary or recovering state", 13436),
    OperationFailure("No space left on device", OUT_OF_DISK_SPACE),
    refused_bulk(OUT_OF_DISK_SPACE, "No space left on device"),
    refused_bulk(11000, "E11000 duplicate key"),
]
MISTAKES: list[Exception] = [
    DuplicateKeyError("E11000 duplicate key", 11000),
    DocumentTooLarge("BSON document too large"),
    OperationFailure("unknown operator: $nonsense", 2),
    refused_bulk(2, "bad value"),
    OverflowError("MongoDB can only handle up to 8-byte ints"),
]


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: type(error).__name__)
def test_what_may_pass_is_an_outage(error: Exception) -> None:
    with pytest.raises(ServiceUnavailableError) as caught, outages_translated():
        raise error

    assert caught.value.reason


@pytest.mark.parametrize("error", MISTAKES, ids=lambda error: type(error).__name__)
def test_what_no_waiting_mends_comes_out_as_it_is(error: Exception) -> None:
    """Otherwise a caller that retries until it works would retry for ever."""
    with pytest.raises(type(error)) as caught, storing_translated():
        raise error

    assert caught.value is error


@pytest.mark.parametrize(
    "error",
    [
        OperationFailure("No space left on device", OUT_OF_DISK_SPACE),
        WriteConcernError("No space left on device", OUT_OF_DISK_SPACE),
        refused_bulk(OUT_OF_DISK_SPACE, "No space left on device"),
    ],
    ids=["one", "concern", "bulk"],
)
def test_a_full_disk_is_told_apart_when_a_file_is_stored(error: PyMongoError) -> None:
    with pytest.raises(OutOfSpaceError), storing_translated():
        raise error


def test_what_was_to_be_written_is_not_told() -> None:
    """The driver puts the documents into its error, and to log that would log videos."""
    for translated in (outages_translated, storing_translated):
        for code in (11600, OUT_OF_DISK_SPACE):
            with pytest.raises((ServiceUnavailableError, OutOfSpaceError)) as caught, translated():
                raise refused_bulk(code, "interrupted at shutdown")
            assert VIDEO.decode() not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OperationFailure("not authorized", 13, {"ok": 0, "errmsg": "not authorized"}), "not authorized"),
        (refused_bulk(11600, "interrupted at shutdown"), "interrupted at shutdown"),
        (
            ServerSelectionTimeoutError("a:1: refused, Timeout: 5.0s, Topology Description: <…>"),
            "a:1: refused",
        ),
        (AutoReconnect("a:1: reset (configured timeouts: connectTimeoutMS: 5.0ms)"), "a:1: reset"),
        (AutoReconnect("x" * 5000), "x" * 300),
    ],
)
def test_the_reason_is_short(error: Any, reason: str) -> None:
    with pytest.raises(ServiceUnavailableError) as caught, outages_translated():
        raise error

    assert caught.value.reason == reason
