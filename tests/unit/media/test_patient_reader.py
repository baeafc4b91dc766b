"""Reading that goes on where it was when the storage comes back."""

import io
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.unit.faults import down
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.file_reader import FileReader
from tracklift_domain.media.patient_reader import PatientReader

CONTENT = bytes(range(256)) * 10_000
PATIENCE = timedelta(seconds=60)


class Interrupted(FileReader):
    """Fails before readings that a test chooses."""

    def __init__(self, *failing: int, each_time: Callable[[], None] = lambda: None) -> None:
        super().__init__(io.BytesIO(CONTENT), len(CONTENT))
        self._failing = failing
        self._each_time = each_time
        self.readings: list[tuple[int, int]] = []
        """Where each began, and how much it was to give."""

    @override
    def read(self, size: int = -1, /) -> bytes:
        self.readings.append((self.tell(), size))
        if len(self.readings) - 1 in self._failing:
            super().read(size // 2)  # As a connection that breaks in the middle.
            self._each_time()
            raise down()
        return super().read(size)


def patient(reader: FileReader, **options: object) -> PatientReader:
    return PatientReader(reader, PATIENCE, first_pause=0.0001, **options)  # type: ignore[arg-type]


def test_a_reading_that_breaks_is_repeated_from_its_last_good_byte() -> None:
    reader = Interrupted(1, 2)

    assert patient(reader).read() == CONTENT
    assert [begin for begin, _ in reader.readings] == [0, 2**20, 2**20, 2**20, 2 * 2**20]


def test_it_reads_and_jumps_as_a_file_does() -> None:
    reader = patient(Interrupted(0))
    file = io.BytesIO(CONTENT)
    for offset, whence, size in ((7, 0, 5), (1_000, 1, 0), (-9, 2, 100), (0, 1, -1), (3_000_000, 0, 4)):
        assert reader.seek(offset, whence) == file.seek(offset, whence)
        assert reader.read(size) == file.read(size)
        assert reader.tell() == file.tell()
    assert reader.size == len(CONTENT)
    assert reader.path is None


def test_what_is_expected_is_passed_on() -> None:
    class Told(Interrupted):
        told: ByteRanges | None = None

        @override
        def expect(self, ranges: ByteRanges) -> None:
            super().expect(ranges)
            self.told = ranges

    reader, ranges = Told(), ByteRanges.joined([(1, 5)], gap=0)
    patient(reader).expect(ranges)

    assert reader.told is ranges


def test_a_file_that_ends_early_ends_early() -> None:
    """The caller decides what that means."""
    assert patient(FileReader(io.BytesIO(b"abc"), 5)).read() == b"abc"


def test_without_a_byte_for_too_long_it_is_an_outage() -> None:
    now = [0.0]

    def wait() -> None:
        now[0] += 25

    reader = Interrupted(*range(100), each_time=wait)

    with pytest.raises(ServiceUnavailableError):
        patient(reader, clock=lambda: now[0]).read()
    assert now[0] == 75


def test_each_byte_renews_the_patience() -> None:
    now = [0.0]

    def wait() -> None:
        now[0] += 50

    reader = Interrupted(0, 2, 4, each_time=wait)

    assert patient(reader, clock=lambda: now[0]).read() == CONTENT
    assert now[0] == 150


def test_closing_ends_a_reading_that_waits() -> None:
    waits = threading.Event()
    reader = PatientReader(Interrupted(0, each_time=waits.set), PATIENCE, first_pause=60)
    caught: list[Exception] = []

    def read() -> None:
        try:
            reader.read()
        except ValueError as error:
            caught.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    waits.wait()
    reader.close()
    thread.join()

    assert [str(error) for error in caught] == ["I/O operation on closed file"]


def test_a_closed_reader_takes_nothing_more() -> None:
    reader = patient(Interrupted())
    reader.close()
    reader.close()

    for call in (reader.read, reader.tell, lambda: reader.seek(0)):
        with pytest.raises(ValueError, match="closed"):
            call()
