"""Archives that are written while they are sent are such as every program reads."""

import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracklift_adapters.http.files.zip_stream import ZipEntry, zip_chunks, zip_size

WHEN = datetime(2026, 3, 1, 9, 30, 4, tzinfo=UTC)


def entry(name: str, content: bytes, chunk: int = 1000) -> ZipEntry:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), chunk):
            yield content[start : start + chunk]

    return ZipEntry(name=name, size=len(content), modified_at=WHEN, chunks=chunks)


async def written(entries: Sequence[ZipEntry]) -> bytes:
    return b"".join([chunk async for chunk in zip_chunks(entries)])


async def collect(chunks: AsyncIterator[bytes], into: list[bytes]) -> None:
    async for chunk in chunks:
        into.append(chunk)  # noqa: PERF401  # one by one, so that an error leaves those before it


async def test_an_archive_holds_the_files_with_their_names_and_times() -> None:
    entries = [entry("one.mp3", b"1" * 2500), entry("講演 🎤.mp3", b"2"), entry("empty.mp3", b"")]

    content = await written(entries)

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["one.mp3", "講演 🎤.mp3", "empty.mp3"]
        assert [archive.read(name) for name in archive.namelist()] == [b"1" * 2500, b"2", b""]
        info = archive.getinfo("講演 🎤.mp3")
        assert info.compress_type == zipfile.ZIP_STORED
        assert info.flag_bits & 0x800, "the name is said to be UTF-8"
        assert info.date_time == (2026, 3, 1, 9, 30, 4)
        assert info.external_attr >> 16 == 0o644
    assert zip_size(entries) == len(content)


async def test_an_archive_of_nothing_is_one() -> None:
    content = await written([])

    assert zip_size([]) == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.integers(min_value=0, max_value=300), max_size=6),
    limit=st.integers(min_value=0, max_value=600),
)
async def test_the_length_is_known_before_also_beyond_the_old_limit(
    sizes: list[int], limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of 2 GB, in whose place a small one is tried here: from it on, numbers take more room (ZIP64)."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    entries = [entry(f"é{number}.mp3", bytes([number]) * size) for number, size in enumerate(sizes)]

    content = await written(entries)

    assert zip_size(entries) == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert [info.file_size for info in archive.infolist()] == sizes


@pytest.mark.thorough
async def test_an_archive_beyond_four_gigabytes_says_so() -> None:
    """A file beyond the limit, and one that begins behind it."""
    block, count = bytes(2**24), 257

    async def zeros() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield block

    large = ZipEntry(name="large.mp3", size=count * len(block), modified_at=WHEN, chunks=zeros)
    entries = [large, entry("small.mp3", b"x")]
    total, end = 0, b""
    async for chunk in zip_chunks(entries):
        total += len(chunk)
        end = (end + chunk)[-4096:]

    assert large.size > 2**32
    assert zip_size(entries) == total
    assert end[-98:-94] == b"PK\x06\x06", "the end of an archive of this kind"
    assert end[-42:-38] == b"PK\x06\x07"


async def test_a_file_that_fails_leaves_an_archive_that_no_program_takes_for_whole() -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"x" * 50
        raise OSError("the disk is gone")

    broken = ZipEntry(name="broken.mp3", size=100, modified_at=WHEN, chunks=failing)
    pieces: list[bytes] = []

    with pytest.raises(OSError, match="the disk is gone"):
        await collect(zip_chunks([entry("one.mp3", b"1" * 2500), broken]), pieces)

    content = b"".join(pieces)
    assert len(content) > 2500
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(content))


async def test_no_more_than_a_piece_is_held() -> None:
    """However many files there are."""
    longest = 0
    async for chunk in zip_chunks([entry(f"{number}.mp3", b"x" * 100_000) for number in range(20)]):
        longest = max(longest, len(chunk))

    assert longest < 3000
