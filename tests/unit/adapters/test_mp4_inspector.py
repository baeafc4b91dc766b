"""The MP4 inspector keeps the contract of inspectors, and understands every way in which the format says a thing."""

import asyncio
import contextlib
import struct
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from tests.contracts.video_inspector import VideoInspectorContract
from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    aac_entry,
    audio_file,
    edit_list,
    file_type,
    full_box,
    media_start,
    metadata,
    movie,
    movie_header,
    sample_entry,
    stream_descriptor,
    text_item,
    track,
    video_file,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.mp4.structure import byte_source
from tracklift_adapters.mp4.tracks.edit_list import MOST_EDITS
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.ports import VideoInspector
from tracklift_domain.extraction.video_traits import VideoTraits

CODES = {"title": b"\xa9nam", "artist": b"\xa9ART", "date": b"\xa9day", "comment": b"\xa9cmt"}

# 100 samples of 1024 at 44100 Hz.
SECONDS = 100 * 1024 / 44100


async def inspect(content: bytes) -> VideoTraits:
    return await Mp4Inspector().inspect(BytesVideo(content))


async def only_track(content: bytes) -> AudioTrack:
    (found,) = (await inspect(content)).audio_tracks
    return found


async def refused(content: bytes) -> ExtractionError:
    """Give the error for a whole file."""
    with pytest.raises(ExtractionError) as raised:
        await inspect(content)
    return raised.value


async def problem(content: bytes) -> Failure:
    """Give what is wrong with the only audio track."""
    found = (await only_track(content)).problem
    assert found is not None
    return found


class TestMp4Inspector(VideoInspectorContract):
    @pytest.fixture
    @override
    def inspector(self) -> VideoInspector:
        return Mp4Inspector()

    @override
    def video(self, *tracks: AudioTrack, tags: Sequence[tuple[str, str]] = (), cover: bytes = b"") -> bytes:
        built = [
            track(
                TrackRecipe(
                    entry=sample_entry(
                        wanted.codec.encode(), channels=wanted.channels, rate=wanted.sample_rate
                    ),
                    timescale=wanted.sample_rate,
                    samples=round((wanted.duration or 0) * wanted.sample_rate / 1024),
                    sample_size=1,
                    chunk_offset=media_start(),
                )
            )
            for wanted in tracks
        ]
        items = [text_item(CODES[name], text) for name, text in tags]
        if cover:
            items.append(boxes.box(b"covr", boxes.data_value(cover, 14)))
        return video_file(*built, user_data=boxes.box(b"udta", metadata(*items)))


class TestLayout:
    async def test_finds_the_index_in_front_of_the_media(self) -> None:
        index = movie(track(TrackRecipe(chunk_offset=1000)))

        found = await only_track(file_type() + index + boxes.box(b"mdat", bytes(6000)))

        assert found == AudioTrack(
            codec="mp4a", sample_rate=44100, channels=2, duration=SECONDS, id=1, language="eng"
        )

    async def test_takes_a_quicktime_file_without_a_file_type(self) -> None:
        index = movie(track(TrackRecipe(chunk_offset=16)))

        content = boxes.box(b"wide") + boxes.box(b"mdat", bytes(6000)) + index

        assert (await only_track(content)).duration == SECONDS

    async def test_takes_boxes_with_sizes_of_64_bits(self) -> None:
        index = movie(track(TrackRecipe(chunk_offset=media_start() + 8)))[8:]

        content = file_type() + boxes.large_box(b"mdat", bytes(6000)) + boxes.large_box(b"moov", index)

        assert (await only_track(content)).duration == SECONDS

    async def test_takes_a_last_box_that_reaches_to_the_end_of_the_file(self) -> None:
        index = movie(track(TrackRecipe(chunk_offset=media_start())))

        content = file_type() + boxes.box(b"mdat", bytes(6000)) + bytes(4) + index[4:]

        assert (await only_track(content)).duration == SECONDS

    async def test_passes_over_what_lies_between_and_behind(self) -> None:
        recipe = TrackRecipe(chunk_offset=media_start())
        content = video_file(track(recipe), media=6000)

        assert (await only_track(content + b"\0\0\0\0junk" * 3)).duration == SECONDS

    async def test_ignores_a_second_index(self) -> None:
        first = audio_file(TrackRecipe(), media=6000)

        assert len((await inspect(first + movie(b""))).audio_tracks) == 1

    @pytest.mark.parametrize(
        "content",
        [
            file_type(),
            file_type() + boxes.box(b"mdat", bytes(1000)),
            file_type() + boxes.box(b"mdat", bytes(1000))[:500],
            boxes.box(b"mdat", bytes(1000)) + movie(b"")[:-1],
            file_type()[:9],
        ],
        ids=["nothing-else", "media", "cut-in-media", "cut-in-index", "cut-in-file-type"],
    )
    async def test_says_that_a_file_ends_before_its_index(self, content: bytes) -> None:
        error = await refused(content)

        assert error.failure.code is FailureCode.CORRUPT_MEDIA
        assert "incomplete" in error.failure.detail

    @pytest.mark.parametrize(
        ("head", "said"),
        [
            (b"", "empty"),
            (b"#EXTM3U\n", "playlist"),
            (b"ffconcat version 1.0\nfile a.mp4\n", "list of files"),
            (b"\xef\xbb\xbf <!DOCTYPE HTML><html>", "web page"),
            (b"Hello,\nw\xc3\xb6rld\n", "text"),
            (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
            (b"\xff\xd8\xff\xe0" + bytes(50), "JPEG"),
            (b"RIFF\x10\0\0\0WAVEfmt " + bytes(50), "WAV"),
            (b"RIFF\x10\0\0\0AVI LIST" + bytes(50), "AVI"),
            (b"\x1aE\xdf\xa3" + bytes(50), "Matroska"),
            (b"ID3\x03\0\0" + bytes(50), "MP3"),
            (b"\xff\xfb\x90\0" + bytes(50), "MP3"),
            (b"OggS" + bytes(50), "Ogg"),
            (b"G" + bytes(187) + b"G" + bytes(187), "transport stream"),
            (b"%PDF-1.7\n" + bytes(50), "PDF"),
            (b"PK\x03\x04" + bytes(50), "ZIP"),
            (boxes.box(b"ftyp", b"avif\0\0\0\0"), "picture"),
            (bytes(range(256)), "not an MP4"),
        ],
    )
    async def test_says_what_a_file_is_that_is_not_a_video(self, head: bytes, said: str) -> None:
        error = await refused(head)

        assert error.failure.code is FailureCode.NOT_A_VIDEO
        assert said in error.failure.detail
        assert error.failure.detail.endswith("choose an MP4 video.")

    async def test_refuses_an_index_that_is_compressed(self) -> None:
        error = await refused(file_type() + boxes.box(b"moov", boxes.box(b"cmov", bytes(50))))

        assert error.failure.code is FailureCode.NOT_A_VIDEO
        assert "compressed" in error.failure.detail

    async def test_comes_to_an_end_in_a_file_of_nothing_but_boxes(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(byte_source, "MOST_BOXES", 1000)
        many = boxes.box(b"free") * 1001
        for content in (file_type() + many, video_file(many, track(TrackRecipe()))):
            error = await refused(content)
            assert error.failure.code is FailureCode.CORRUPT_MEDIA
            assert "1,000 boxes" in error.failure.detail

    async def test_refuses_an_edit_list_without_end(self) -> None:
        edits = edit_list(*[(1, 0)] * (MOST_EDITS + 1))

        found = await problem(audio_file(TrackRecipe(edits=edits)))

        assert found.code is FailureCode.CORRUPT_MEDIA
        assert "100,000 edits" in found.detail

    async def test_refuses_a_thousand_tracks_and_one(self) -> None:
        one = track(TrackRecipe(chunk_offset=media_start()))

        assert len((await inspect(video_file(one * 1000))).audio_tracks) == 1000
        assert (await refused(video_file(one * 1001))).failure.code is FailureCode.CORRUPT_MEDIA

    async def test_stops_when_nobody_waits_any_more(self) -> None:
        """The video may be closed as soon as the cancellation is through."""
        reading, go_on = threading.Event(), threading.Event()

        class SlowVideo(BytesVideo):
            @override
            def read(self, size: int = -1, /) -> bytes:
                reading.set()
                go_on.wait()
                return super().read(size)

        video = SlowVideo(file_type() + boxes.box(b"free", bytes(5000)) * 1000)
        task = asyncio.ensure_future(Mp4Inspector().inspect(video))
        await asyncio.to_thread(reading.wait)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()

        go_on.set()

        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert video.tell() < 10_000


class TestTracks:
    async def test_counts_disabled_tracks_too(self) -> None:
        recipe = TrackRecipe(chunk_offset=media_start())

        content = video_file(track(replace(recipe, flags=0)), track(recipe))

        assert len((await inspect(content)).audio_tracks) == 2

    async def test_counts_what_ffmpeg_takes_for_audio(self) -> None:
        recipe = TrackRecipe(chunk_offset=media_start())
        content = video_file(
            track(replace(recipe, handler=b"vide", entry=sample_entry(b"avc1"))),
            track(replace(recipe, handler=b"meta", entry=sample_entry(b"mp4a", rate=8000))),
            track(replace(recipe, handler=b"text", entry=sample_entry(b"tx3g"))),
            track(recipe),
        )

        assert [found.sample_rate for found in (await inspect(content)).audio_tracks] == [8000, 44100]

    async def test_passes_over_a_track_without_media(self) -> None:
        content = video_file(boxes.box(b"trak"), track(TrackRecipe(chunk_offset=media_start())))

        assert len((await inspect(content)).audio_tracks) == 1

    async def test_names_the_problem_of_a_sound_track_that_lacks_its_boxes(self) -> None:
        handler = full_box(b"hdlr", struct.pack(">4x4s12xx", b"soun"))

        found = await problem(video_file(boxes.box(b"trak", boxes.box(b"mdia", handler))))

        assert found.code is FailureCode.CORRUPT_MEDIA

    async def test_names_the_problem_of_a_sound_track_that_does_not_say_how_it_is_coded(self) -> None:
        found = await problem(audio_file(TrackRecipe(stsd=full_box(b"stsd", bytes(4)))))

        assert found.code is FailureCode.CORRUPT_MEDIA

    async def test_names_the_problem_of_audio_that_lies_in_another_file(self) -> None:
        reference = full_box(b"url ", b"file:///a.wav\0")
        found = await problem(audio_file(TrackRecipe(data_reference=reference)))

        assert found.code is FailureCode.CORRUPT_MEDIA
        assert "another file" in found.detail

    async def test_believes_the_bytes_where_a_reference_does_not_say_that_they_are_here(self) -> None:
        recipe = TrackRecipe(data_reference=full_box(b"url "))
        assert (await only_track(audio_file(recipe))).problem is None

        recipe.chunk_offset = 4990
        assert "another file" in (await problem(audio_file(recipe))).detail

    async def test_reads_headers_of_64_bits(self) -> None:
        header = full_box(b"mdhd", struct.pack(">QQIQHH", 0, 0, 48000, 96000, 0, 0), version=1)
        table = boxes.sample_table(TrackRecipe(samples=10, sample_duration=9600, chunk_offset=media_start()))
        media = boxes.box(
            b"mdia", header, full_box(b"hdlr", struct.pack(">4x4s12xx", b"soun")), boxes.box(b"minf", table)
        )
        track_header = full_box(b"tkhd", struct.pack(">QQIIQ", 0, 0, 1, 0, 96000), bytes(60), version=1)
        movie_header_1 = full_box(b"mvhd", struct.pack(">QQIQ", 0, 0, 1000, 2000), bytes(80), version=1)

        content = video_file(boxes.box(b"trak", track_header, media), header=movie_header_1)

        assert (await only_track(content)).duration == 2.0

    async def test_does_not_know_a_duration_that_nobody_tells(self) -> None:
        recipe = TrackRecipe(stts=b"", media_duration=0xFFFFFFFF)
        assert (await only_track(audio_file(recipe))).duration is None

        assert (await only_track(audio_file(TrackRecipe(timescale=0)))).duration is None


class TestSampleEntries:
    @pytest.mark.parametrize(
        ("entry", "codec"),
        [
            (sample_entry(b"mp4a", stream_descriptor(0x69, b"")), ".mp3"),
            (sample_entry(b"mp4a", stream_descriptor(0x6B, b"")), ".mp3"),
            (sample_entry(b".mp3"), ".mp3"),
            (sample_entry(b"ms\0U"), ".mp3"),
            (sample_entry(b"mp4a", stream_descriptor(0x40, b"\x12\x10")), "mp4a"),
            (sample_entry(b"mp4a"), "mp4a"),
            (sample_entry(b"ac-3"), "ac-3"),
            (sample_entry(b"enca"), "enca"),
            (sample_entry(b"a\0\xff\n"), "a???"),
        ],
    )
    async def test_names_the_codec(self, entry: bytes, codec: str) -> None:
        assert (await only_track(audio_file(TrackRecipe(entry=entry)))).codec == codec

    @pytest.mark.parametrize(
        ("config", "entry_rate", "rate", "channels"),
        [
            ("1210", 44100, 44100, 2),  # low complexity
            ("1190", 22050, 48000, 2),  # … and a sample entry that says otherwise
            ("2b920800", 22050, 44100, 2),  # band replication, told first
            ("eb8a0800", 22050, 44100, 2),  # parametric stereo, told first, of one channel
            ("139056e5a0", 22050, 44100, 2),  # band replication, told behind
            ("138856e5a54880", 22050, 44100, 2),  # parametric stereo, told behind, of one channel
            ("1390", 44100, 44100, 2),  # band replication that only the entry's rate lets guess
            ("1390", 22050, 22050, 2),  # none
            ("13900000", 22050, 22050, 2),  # none, and room behind
            ("1780ac8910", 44100, 88338, 2),  # a rate that is no usual one
            ("11b8", 44100, 48000, 8),  # 7.1
            ("1180", 44100, 48000, 6),  # a program config tells the channels: the entry's count
            ("f94640", 44100, 48000, 2),  # object type above 31
            ("", 44100, 44100, 6),
            ("12", 48000, 44100, 6),  # cut off
        ],
    )
    async def test_gives_rate_and_channels_as_decoded(
        self, config: str, entry_rate: int, rate: int, channels: int
    ) -> None:
        entry = aac_entry(bytes.fromhex(config), channels=6, rate=entry_rate)

        found = await only_track(audio_file(TrackRecipe(entry=entry)))

        assert (found.sample_rate, found.channels) == (rate, channels)

    async def test_finds_the_configuration_in_quicktime_entries(self) -> None:
        esds = stream_descriptor(0x40, bytes.fromhex("1190"))
        for entry in (
            sample_entry(b"mp4a", boxes.box(b"wave", boxes.box(b"frma", b"mp4a"), esds), version=1),
            sample_entry(b"mp4a", esds, version=1),
            sample_entry(b"mp4a", esds, version=2),
        ):
            assert (await only_track(audio_file(TrackRecipe(entry=entry)))).sample_rate == 48000

    async def test_reads_the_fields_of_quicktimes_version_2(self) -> None:
        found = await only_track(audio_file(TrackRecipe(entry=sample_entry(b"lpcm", rate=96000, version=2))))

        assert (found.sample_rate, found.channels) == (96000, 2)

    async def test_does_not_take_isos_version_1_for_quicktimes(self) -> None:
        entry = aac_entry(bytes.fromhex("1190"))
        entry = entry[:16] + b"\0\1" + entry[18:]
        stsd = full_box(b"stsd", struct.pack(">I", 1), entry, version=1)

        assert (await only_track(audio_file(TrackRecipe(stsd=stsd)))).sample_rate == 48000

    async def test_takes_the_time_scale_for_a_rate_that_has_no_room(self) -> None:
        recipe = TrackRecipe(entry=sample_entry(b"fLaC", rate=192000), timescale=192000)

        assert (await only_track(audio_file(recipe))).sample_rate == 192000

    async def test_survives_a_version_2_rate_that_is_not_a_number(self) -> None:
        for bad in (float("nan"), float("inf"), -1.0, 1e300):
            entry = bytearray(sample_entry(b"lpcm", version=2))
            entry[40:48] = struct.pack(">d", bad)
            found = await only_track(audio_file(TrackRecipe(entry=bytes(entry))))
            assert found.sample_rate == 44100  # the time scale

    @pytest.mark.parametrize("length", range(20, 44))
    async def test_survives_a_descriptor_that_is_cut_off(self, length: int) -> None:
        esds = stream_descriptor(0x40, bytes.fromhex("1190"))[:length]
        esds = struct.pack(">I", length) + esds[4:]

        found = await only_track(audio_file(TrackRecipe(entry=sample_entry(b"mp4a", esds))))

        assert found.codec == "mp4a"


class TestDurations:
    @pytest.mark.parametrize("version", [0, 1])
    async def test_gives_what_a_player_plays(self, version: int) -> None:
        edits = edit_list((2000, 1024), version=version)

        assert (await only_track(audio_file(TrackRecipe(edits=edits)))).duration == 2.0

    async def test_leaves_out_pauses_and_what_is_not_there(self) -> None:
        edits = edit_list((5000, -1), (1000, 0), (9000, 44100))

        found = await only_track(audio_file(TrackRecipe(edits=edits)))

        assert found.duration == pytest.approx(1.0 + SECONDS - 1.0)

    async def test_takes_no_duration_for_all_that_is_left(self) -> None:
        found = await only_track(audio_file(TrackRecipe(edits=edit_list((0, 22050)))))

        assert found.duration == pytest.approx(SECONDS - 0.5)

    async def test_names_the_problem_of_edits_that_all_lie_behind_the_end(self) -> None:
        found = await problem(audio_file(TrackRecipe(edits=edit_list((1000, 10**6), (5, -1), (9, 10**7)))))

        assert found.code is FailureCode.CORRUPT_MEDIA
        assert "edit list" in found.detail

    async def test_ignores_edits_where_the_movie_has_no_time_scale(self) -> None:
        recipe = TrackRecipe(edits=edit_list((1000, 0)), chunk_offset=media_start())

        for header in (b"", movie_header(timescale=0)):
            assert (await only_track(video_file(track(recipe), header=header))).duration == SECONDS

    async def test_believes_the_samples_more_than_the_header(self) -> None:
        assert (await only_track(audio_file(TrackRecipe(media_duration=999)))).duration == SECONDS

    async def test_does_not_believe_the_header_where_samples_have_no_times(self) -> None:
        """It may say anything, and what is decoded tells."""
        found = await only_track(audio_file(TrackRecipe(stts=b"", media_duration=88200)))

        assert found.duration is None


class TestPresence:
    async def test_finds_missing_media_at_the_end(self) -> None:
        index = movie(track(TrackRecipe(chunk_offset=1000)))
        whole = file_type() + index + boxes.box(b"mdat", bytes(10_000))
        end = 1000 + 100 * 50

        assert (await only_track(whole[:end])).problem is None
        found = await problem(whole[: end - 1])
        assert found.code is FailureCode.CORRUPT_MEDIA
        assert "1 bytes" in found.detail

    async def test_knows_chunks_of_different_lengths(self) -> None:
        """The last chunk has ten of the hundred samples."""
        offsets = (1000, 2000, 5000)
        recipe = TrackRecipe(
            stsc=full_box(b"stsc", struct.pack(">I6I", 2, 1, 45, 1, 3, 10, 1)),
            stco=full_box(b"stco", struct.pack(">I3I", 3, *offsets)),
        )
        whole = file_type() + movie(track(recipe)) + boxes.box(b"mdat", bytes(10_000))

        assert (await only_track(whole[:5500])).problem is None
        await problem(whole[:5499])

    async def test_knows_chunk_offsets_of_64_bits(self) -> None:
        recipe = TrackRecipe(stco=full_box(b"co64", struct.pack(">IQ", 1, media_start())))
        assert (await only_track(audio_file(recipe))).problem is None

        recipe = TrackRecipe(stco=full_box(b"co64", struct.pack(">IQ", 1, 2**40)))
        assert "missing" in (await problem(audio_file(recipe))).detail

    async def test_knows_samples_that_are_all_of_one_size(self) -> None:
        recipe = TrackRecipe(stsz=full_box(b"stsz", struct.pack(">II", 50, 100)), chunk_offset=1000)
        whole = file_type() + movie(track(recipe)) + boxes.box(b"mdat", bytes(10_000))

        assert (await only_track(whole[:6000])).problem is None
        await problem(whole[:5999])

    async def test_takes_compact_sample_sizes(self) -> None:
        recipe = TrackRecipe(stsz=full_box(b"stz2", struct.pack(">3xBI", 8, 100), bytes(100)))
        assert (await only_track(audio_file(recipe))).problem is None

        for field_size, sizes in ((7, 100), (16, 100)):
            recipe = TrackRecipe(stsz=full_box(b"stz2", struct.pack(">3xBI", field_size, 100), bytes(sizes)))
            await problem(audio_file(recipe))

    async def test_looks_at_the_chunk_that_lies_last_in_the_file(self) -> None:
        recipe = TrackRecipe(stco=full_box(b"stco", struct.pack(">III", 2, 10**6, media_start())))

        await problem(audio_file(recipe))

    @pytest.mark.parametrize(
        ("name", "payload"),
        [
            ("stts", struct.pack(">III", 2, 100, 1024)),
            ("stsz", struct.pack(">II", 0, 101) + bytes(400)),
            ("stsz", struct.pack(">II", 1, 0xFFFFFFFF)),
            ("stco", struct.pack(">I", 0xFFFFFFFF)),
            ("stsc", struct.pack(">IIII", 3, 1, 100, 1)),
            ("stts", b""),
            ("stsz", b"\0"),
        ],
    )
    async def test_names_the_problem_of_tables_that_claim_more_than_they_have(
        self, name: str, payload: bytes
    ) -> None:
        recipe = TrackRecipe()
        setattr(recipe, name, full_box(name.encode(), payload))

        assert (await problem(audio_file(recipe))).code is FailureCode.CORRUPT_MEDIA
