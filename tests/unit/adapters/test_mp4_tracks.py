"""The MP4 inspector finds out what each audio track is, and what is wrong with one concerns no other."""

import struct
from dataclasses import replace

import pytest

from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    aac_entry,
    audio_file,
    edit_list,
    full_box,
    media_start,
    sample_entry,
    track,
    video_file,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction

SINGLE_SAMPLES = full_box(b"stts", struct.pack(">III", 1, 1000, 1))


def recipe(**changes: object) -> TrackRecipe:
    return replace(TrackRecipe(chunk_offset=media_start()), **changes)  # type: ignore[arg-type]


async def audio_tracks(*recipes: TrackRecipe) -> tuple[AudioTrack, ...]:
    content = video_file(*(track(each) for each in recipes))
    return (await Mp4Inspector().inspect(BytesVideo(content))).audio_tracks


async def only_track(content: bytes) -> AudioTrack:
    (found,) = (await Mp4Inspector().inspect(BytesVideo(content))).audio_tracks
    return found


class TestHeaders:
    async def test_gives_the_numbers_that_the_file_gives(self) -> None:
        found = await audio_tracks(recipe(id=7), recipe(id=3))

        assert [each.id for each in found] == [7, 3]

    async def test_gives_no_number_that_names_no_track_or_two(self) -> None:
        pictures = recipe(id=4, handler=b"vide", entry=sample_entry(b"avc1"))
        found = await audio_tracks(recipe(id=0), pictures, recipe(id=4), recipe(id=5))

        assert [each.id for each in found] == [None, None, 5]
        assert (await only_track(audio_file(recipe()).replace(b"tkhd", b"free"))).id is None

    async def test_tells_disabled_tracks(self) -> None:
        found = await audio_tracks(recipe(flags=6, id=1), recipe(flags=1, id=2))

        assert [each.is_enabled for each in found] == [False, True]

    @pytest.mark.parametrize(
        ("code", "language"),
        [
            (0x15C7, "eng"),
            (0x10B5, "deu"),
            (0x55C4, None),
            (0, "eng"),
            (2, "deu"),
            (11, "jpn"),
            (45, "ukr"),
            (200, None),
            (0x7FFF, None),
            (0x400, None),
        ],
    )
    async def test_names_the_language_of_a_code(self, code: int, language: str | None) -> None:
        """Three letters of five bits each, or a number of the Macintosh."""
        content = audio_file(recipe())
        at = content.index(b"mdhd") + 24
        content = content[:at] + struct.pack(">H", code) + content[at + 2 :]

        assert (await only_track(content)).language == language

    @pytest.mark.parametrize(
        ("tag", "language"),
        [
            (b"pt-BR\0", "pt-br"),
            (b"de", "de"),
            (b"", "eng"),
            (b"und\0", "eng"),
            (b"\xff\xfe\0", "eng"),
            (b"x" * 200, "eng"),
        ],
    )
    async def test_prefers_a_whole_tag_to_a_code(self, tag: bytes, language: str) -> None:
        content = track(recipe())
        at = content.index(b"hdlr") - 4
        box = full_box(b"elng", tag)
        media = content.index(b"mdia") - 4
        size = int.from_bytes(content[media : media + 4]) + len(box)
        trak = content[8:media] + struct.pack(">I", size) + content[media + 4 : at] + box + content[at:]

        assert (await only_track(video_file(boxes.box(b"trak", trak)))).language == language


class TestProblems:
    @pytest.mark.parametrize(
        "broken",
        [
            recipe(stsd=full_box(b"stsd", bytes(4))),
            recipe(entry=sample_entry(b"mp4a")[:20]),
            recipe(stsz=full_box(b"stsz", struct.pack(">II", 0, 2**31))),
            recipe(stts=full_box(b"stts", struct.pack(">I", 2**31))),
            recipe(stco=full_box(b"stco", b"")),
            recipe(stco=full_box(b"stco", bytes(4))),
            recipe(chunk_offset=10**6),
            recipe(edits=boxes.box(b"edts", full_box(b"elst", struct.pack(">I", 9)))),
            recipe(edits=edit_list((1, 10**9))),
        ],
        ids=[
            "no-entry",
            "entry",
            "sizes",
            "durations",
            "chunks",
            "no-chunks",
            "absent",
            "edits",
            "edits-behind",
        ],
    )
    async def test_a_broken_track_concerns_no_other(self, broken: TrackRecipe) -> None:
        first, second, third = await audio_tracks(recipe(id=1), replace(broken, id=2), recipe(id=3))

        assert (first.problem, third.problem) == (None, None)
        assert second.problem is not None
        assert second.problem.code is FailureCode.CORRUPT_MEDIA
        assert first.duration == third.duration == pytest.approx(100 * 1024 / 44100)

    async def test_a_track_that_is_no_sound_may_be_as_broken_as_it_likes(self) -> None:
        pictures = recipe(handler=b"vide", stsz=full_box(b"stsz", b""), stsd=full_box(b"stsd", b""))

        (found,) = await audio_tracks(pictures, recipe(id=2))

        assert found.problem is None

    async def test_plays_the_tracks_in_front_of_an_invalid_box(self) -> None:
        invalid = struct.pack(">I4s", 3, b"trak")

        assert (await only_track(video_file(track(recipe()), invalid))).problem is None

    @pytest.mark.parametrize("code", [b"apac", b"ac-4", b"mha1", b"mha2", b"mhm1", b"mhm2"])
    async def test_leads_to_another_track_where_no_decoder_is_there(self, code: bytes) -> None:
        """An iPhone records spatial sound beside AAC."""
        content = video_file(track(recipe(entry=sample_entry(code), id=1)), track(recipe(id=2)))
        traits = await Mp4Inspector().inspect(BytesVideo(content))

        assert traits.audio_tracks[0].problem is not None
        assert traits.audio_tracks[0].problem.code is FailureCode.UNSUPPORTED_CODEC
        assert plan_extraction(traits, AudioOptions(), longest=60).track == 1

    @pytest.mark.parametrize("code", [b"enca", b"drms"])
    async def test_says_that_a_track_is_encrypted(self, code: bytes) -> None:
        (found,) = await audio_tracks(recipe(entry=sample_entry(code)))

        assert found.problem is not None
        assert found.problem.code is FailureCode.UNSUPPORTED_CODEC
        assert "encrypted" in found.problem.detail

    async def test_looks_at_the_reference_of_the_track_alone(self) -> None:
        elsewhere, here = full_box(b"url ", b"a.wav\0"), full_box(b"url ", flags=boxes.SAME_FILE)
        for references, is_here in ((here + elsewhere, True), (elsewhere + here, False), (b"", True)):
            (found,) = await audio_tracks(recipe(data_reference=references))
            assert (found.problem is None) is is_here

    async def test_takes_an_alias_of_quicktime_for_this_file_unless_it_names_another(self) -> None:
        for length, is_here in ((20, True), (200, False)):
            (found,) = await audio_tracks(recipe(data_reference=full_box(b"alis", bytes(length))))
            assert (found.problem is None) is is_here


class TestOldForms:
    """QuickTime's, of which the sizes count samples of sound."""

    @pytest.mark.parametrize(
        ("entry", "size"),
        [
            (sample_entry(b"twos"), 4000),
            (sample_entry(b"sowt", channels=1), 2000),
            (sample_entry(b"in24"), 6000),
            (sample_entry(b"in32"), 8000),
            (sample_entry(b"fl32"), 8000),
            (sample_entry(b"fl64"), 16000),
            (sample_entry(b"ulaw"), 2000),
            (sample_entry(b"alaw", channels=1), 1000),
            (sample_entry(b"NONE"), 4000),
            (sample_entry(b"ima4"), 1000 // 64 * 68),
            (sample_entry(b"MAC3"), 1000 // 6 * 4),
            (sample_entry(b"MAC6", channels=1), 1000 // 6),
        ],
    )
    async def test_knows_how_many_bytes_samples_take(self, entry: bytes, size: int) -> None:
        old = recipe(entry=entry, stts=SINGLE_SAMPLES, samples=1000)
        old.stsz = full_box(b"stsz", struct.pack(">II", 1, 1000))
        old.chunk_offset = 2000
        whole = boxes.file_type() + boxes.movie(track(old))
        whole += boxes.box(b"mdat", bytes(20_000))

        assert (await only_track(whole[: 2000 + size])).problem is None
        found = (await only_track(whole[: 2000 + size - 1])).problem
        assert found is not None
        assert "1 bytes" in found.detail or "alone" in found.detail

    async def test_believes_what_version_1_of_the_entry_says(self) -> None:
        entry = bytearray(sample_entry(b"Qclp", version=1, channels=1, rate=8000))
        entry[36:52] = struct.pack(">IIII", 160, 35, 35, 2)
        old = recipe(entry=bytes(entry), stts=SINGLE_SAMPLES, samples=1000, chunk_offset=2000)
        old.stsz = full_box(b"stsz", struct.pack(">II", 1, 1000))
        whole = boxes.file_type() + boxes.movie(track(old)) + boxes.box(b"mdat", bytes(20_000))
        size = 1000 // 160 * 35

        assert (await only_track(whole[: 2000 + size])).problem is None
        assert (await only_track(whole[: 2000 + size - 1])).problem is not None

    async def test_does_not_guess_where_nothing_tells(self) -> None:
        """But the last chunk begins in the file."""
        old = recipe(entry=sample_entry(b"QDM2"), stts=SINGLE_SAMPLES, samples=1000, chunk_offset=2000)
        old.stsz = full_box(b"stsz", struct.pack(">II", 1, 10**9))
        whole = boxes.file_type() + boxes.movie(track(old)) + boxes.box(b"mdat", bytes(20_000))

        assert (await only_track(whole[:2001])).problem is None
        assert (await only_track(whole[:2000])).problem is not None

    async def test_takes_sizes_of_compressed_samples_for_bytes(self) -> None:
        many = recipe(entry=aac_entry(), stsz=full_box(b"stsz", struct.pack(">II", 1, 10**6)))

        assert (await only_track(audio_file(many))).problem is not None
