"""Several MP3s at once: each whole, with a name of its own, or none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.unit.builders import ADA_CALLS, BOB_CALLS, completed, expired, queued
from tests.unit.workshop import MP3, Workshop, in_chunks
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import (
    ArchiveTooLargeError,
    AudioExpiredError,
    AudioNotReadyError,
    ConversionNotFoundError,
)
from tracklift_domain.conversion.library import download_archive
from tracklift_domain.conversion.library.archive_names import archive_names
from tracklift_domain.conversion.library.download_archive import MOST_FILES, ArchivedAudio, DownloadArchive
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError

SIZE = len(b"".join(MP3))


def archive(workshop: Workshop) -> DownloadArchive:
    return workshop.gateway.download_archive()


async def kept(workshop: Workshop, number: int, *, name: str = "talk.mp4", size: int = SIZE) -> Conversion:
    conversion = completed(number)
    assert conversion.audio is not None
    return await workshop.keep(
        replace(
            conversion,
            source=replace(conversion.source, name=name),
            audio=replace(conversion.audio, size=size),
        )
    )


async def content_of(file: ArchivedAudio) -> bytes:
    return b"".join([chunk async for chunk in file.read()])


async def collect(file: ArchivedAudio, into: list[bytes]) -> None:
    async for chunk in file.read():
        into.append(chunk)  # noqa: PERF401  # one by one, so that an error leaves those before it


async def test_the_mp3s_come_in_the_order_that_is_asked_for_and_each_once(workshop: Workshop) -> None:
    one, two = await kept(workshop, 1, name="one.mp4"), await kept(workshop, 2, name="two.mp4")

    files = await archive(workshop)(ADA_CALLS, [two.id, one.id, two.id])

    assert [file.name for file in files] == ["two.mp3", "one.mp3"]
    assert [await content_of(file) for file in files] == [b"".join(MP3)] * 2


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.mp3", "b.mp3"], ["a.mp3", "b.mp3"]),
        (["a.mp3", "a.mp3", "a.mp3"], ["a.mp3", "a (2).mp3", "a (3).mp3"]),
        (["a.mp3", "A.mp3"], ["a.mp3", "A (2).mp3"]),
        (["é.mp3", "e\u0301.mp3"], ["é.mp3", "e\u0301 (2).mp3"]),
        (["Straße.mp3", "STRASSE.mp3"], ["Straße.mp3", "STRASSE (2).mp3"]),
        (["a (2).mp3", "a.mp3", "a.mp3"], ["a (2).mp3", "a.mp3", "a (3).mp3"]),
        (["講演.mp3", "講演.mp3"], ["講演.mp3", "講演 (2).mp3"]),
    ],
)
def test_names_are_of_their_own_on_every_file_system(names: Sequence[str], expected: Sequence[str]) -> None:
    assert archive_names(names) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ('9:30 What is <new>? "A|B*".mp3', "9_30 What is _new__ _A_B__.mp3"),
        ("con.mp3", "_con.mp3"),
        ("Aux .2.mp3", "_Aux .2.mp3"),
        ("LPT¹.mp3", "_LPT¹.mp3"),
        ("console.mp3", "console.mp3"),
        ("COM10.mp3", "COM10.mp3"),
        ("Grüße, 東京 & 🎧 (1).mp3", "Grüße, 東京 & 🎧 (1).mp3"),
    ],
)
def test_names_are_such_as_windows_has_them(name: str, expected: str) -> None:
    assert archive_names([name]) == [expected]


def test_names_that_become_the_same_are_numbered() -> None:
    assert archive_names(["a:b.mp3", "a?b.mp3"]) == ["a_b.mp3", "a_b (2).mp3"]


@pytest.mark.parametrize(
    ("other", "error"), [(queued(2), AudioNotReadyError), (expired(2), AudioExpiredError)]
)
async def test_without_one_of_them_there_is_no_archive(
    workshop: Workshop, other: Conversion, error: type[Exception]
) -> None:
    one = await kept(workshop, 1)
    await workshop.keep(other)

    with pytest.raises(error):
        await archive(workshop)(ADA_CALLS, [one.id, other.id])


async def test_one_that_is_lost_is_told_before_the_archive_begins(workshop: Workshop) -> None:
    one, two = await kept(workshop, 1), await kept(workshop, 2)
    assert two.audio is not None
    await workshop.files.delete(two.audio.media_id)

    with pytest.raises(MediaLostError):
        await archive(workshop)(ADA_CALLS, [one.id, two.id])

    assert workshop.losses.reported == [two.audio.media_id]


async def test_those_of_somebody_else_are_not_found(workshop: Workshop) -> None:
    one = await kept(workshop, 1)

    with pytest.raises(ConversionNotFoundError):
        await archive(workshop)(BOB_CALLS, [one.id])


async def test_too_many_are_refused_before_any_is_looked_for(workshop: Workshop) -> None:
    with pytest.raises(ArchiveTooLargeError, match="100 MP3s") as refused:
        await archive(workshop)(ADA_CALLS, [ConversionId(str(n)) for n in range(MOST_FILES + 1)])

    assert refused.value.most_files == MOST_FILES


async def test_those_that_are_too_large_together_are_refused(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_archive, "MOST_BYTES", 2 * SIZE)
    ids = [(await kept(workshop, number)).id for number in (1, 2, 3)]

    assert len(await archive(workshop)(ADA_CALLS, ids[:2])) == 2
    with pytest.raises(ArchiveTooLargeError):
        await archive(workshop)(ADA_CALLS, ids)


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
async def test_a_file_of_another_length_than_its_record_says_counts_as_lost(
    workshop: Workshop, size: int
) -> None:
    """No byte more is given than was announced."""
    one = await kept(workshop, 1, size=size)
    (file,) = await archive(workshop)(ADA_CALLS, [one.id])
    given: list[bytes] = []

    with pytest.raises(MediaLostError):
        await collect(file, given)

    assert sum(map(len, given)) <= size


async def test_a_file_that_is_deleted_meanwhile_ends_the_reading_with_an_error(workshop: Workshop) -> None:
    one = await kept(workshop, 1)
    (file,) = await archive(workshop)(ADA_CALLS, [one.id])
    assert one.audio is not None
    await workshop.files.delete(one.audio.media_id)
    await workshop.files.write(one.source_media_id, in_chunks(b"another"))

    with pytest.raises(MediaLostError):
        await content_of(file)
