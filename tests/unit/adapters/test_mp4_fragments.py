"""The MP4 inspector adds up what fragments hold, and finds out up to where a recording is whole."""

import struct

import pytest
from typing_extensions import override

from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    audio_file,
    edit_list,
    file_type,
    fragment,
    full_box,
    initialisation,
    movie_extends,
    sample_entry,
    track,
    video_file,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.mp4.samples.fragment_runs import MOST_PARTS
from tracklift_adapters.mp4.structure import byte_source
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.timeline import LONGEST_PAUSE, Edit
from tracklift_domain.extraction.video_traits import VideoTraits

RATE = 44100
SECONDS = 100 * 1024 / RATE
"""Of a fragment of a hundred samples."""
ABSURD = 13 * 3600 * RATE
"""Units that no sample lasts."""


def pictures() -> TrackRecipe:
    return TrackRecipe(handler=b"vide", entry=sample_entry(b"avc1"), timescale=1000)


async def inspect(content: bytes) -> VideoTraits:
    return await Mp4Inspector().inspect(BytesVideo(content))


async def only_track(content: bytes) -> AudioTrack:
    (found,) = (await inspect(content)).audio_tracks
    return found


async def refused(content: bytes) -> str:
    with pytest.raises(ExtractionError) as raised:
        await inspect(content)
    assert raised.value.failure.code is FailureCode.CORRUPT_MEDIA
    return raised.value.failure.detail


class TestSamples:
    async def test_adds_up_what_the_fragments_have(self) -> None:
        """By the track's default, by the fragment's, and for each sample."""
        content = (
            # What some recorders write as the duration of the media is not to be added.
            initialisation(TrackRecipe(media_duration=5 * RATE))
            + fragment(1, 10)
            + fragment(1, 10, default=512)
            + fragment(1, 3, durations=[1, 2, 3])
            + fragment(2, 99)
        )

        found = await only_track(content)

        assert found.duration == pytest.approx((10240 + 5120 + 6) / RATE)
        assert found.has_samples
        assert found.missing is None

    async def test_adds_fragments_to_the_samples_of_the_index(self) -> None:
        content = audio_file(TrackRecipe(), media=5000)
        index = content.index(b"moov") - 4
        moov = boxes.box(b"moov", content[index + 8 :], movie_extends())

        found = await only_track(content[:index] + moov + fragment(1, 100))

        assert found.duration == pytest.approx(2 * SECONDS)

    async def test_reads_a_fragment_header_with_all_its_fields(self) -> None:
        header = full_box(
            b"tfhd", struct.pack(">IQIIII", 1, 0, 1, 2048, 7, 0), flags=0x1 | 0x2 | 0x8 | 0x10 | 0x20
        )
        run = full_box(b"trun", struct.pack(">IiI", 2, 0, 0), flags=0x1 | 0x4)
        run_2 = full_box(b"trun", struct.pack(">I8I", 2, *[7, 1, 1, 1] * 2), flags=0xF00)
        moof = boxes.box(b"moof", boxes.box(b"traf", header, run, run_2))

        found = await only_track(initialisation(TrackRecipe()) + moof + boxes.box(b"mdat", bytes(20)))

        assert found.duration == pytest.approx((2 * 2048 + 14) / RATE)

    async def test_has_no_samples_where_no_fragment_has_any(self) -> None:
        content = initialisation(TrackRecipe(), TrackRecipe()) + fragment(2, 100)

        first, second = (await inspect(content)).audio_tracks

        assert (first.has_samples, second.has_samples) == (False, True)
        assert (first.problem, first.duration) == (None, None)

    async def test_counts_every_fragment_of_very_many(self) -> None:
        content = initialisation(TrackRecipe()) + fragment(1, 1) * 20_000

        assert (await only_track(content)).duration == pytest.approx(20_000 * 1024 / RATE)

    async def test_reads_a_fragment_once(self) -> None:
        """Little more than its index, in one piece."""

        class CountingVideo(BytesVideo):
            reads = bytes_read = 0

            @override
            def read(self, size: int = -1, /) -> bytes:
                self.reads += 1
                self.bytes_read += size
                return super().read(size)

        one = fragment(1, 100, durations=[1024] * 100)
        large = one[: -len(boxes.box(b"mdat", bytes(10)))] + boxes.box(b"mdat", bytes(100_000))
        video = CountingVideo(initialisation(TrackRecipe()) + large * 50)
        await Mp4Inspector().inspect(video)

        assert video.reads < 50 + 5
        assert video.bytes_read < 50 * (len(one) + 100) + 20_000

    @pytest.mark.parametrize(
        "endless",
        [
            fragment(1, 1) * 2000,
            boxes.box(b"free") * 2000,
            boxes.box(b"moof", boxes.box(b"free") * 2000),
            boxes.box(b"moof", boxes.box(b"traf", boxes.box(b"free") * 2000)),
        ],
        ids=["fragments", "boxes", "boxes-in-fragment", "boxes-in-track"],
    )
    async def test_comes_to_an_end(self, endless: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(byte_source, "MOST_BOXES", 1000)

        assert "1,000 boxes" in await refused(initialisation(TrackRecipe()) + fragment(1, 1) + endless)

    async def test_keeps_few_parts_of_a_fragment(self) -> None:
        """What follows them may be lost."""
        part = boxes.box(b"traf", full_box(b"tfhd", struct.pack(">I", 1)))
        moof = boxes.box(b"moof", part * (MOST_PARTS + 1))

        found = await only_track(initialisation(TrackRecipe()) + moof + boxes.box(b"mdat") + fragment(1, 100))

        assert found.duration == pytest.approx(SECONDS)
        assert found.missing == 0.0

    async def test_ignores_runs_without_a_header(self) -> None:
        run = full_box(b"trun", struct.pack(">I", 5))
        moof = boxes.box(b"moof", boxes.box(b"traf", run), boxes.box(b"free"))

        found = await only_track(initialisation(TrackRecipe()) + moof + boxes.box(b"mdat") + fragment(1, 100))

        assert found.duration == pytest.approx(SECONDS)

    @pytest.mark.parametrize("flags", [0x101, 0x1])
    async def test_names_the_problem_of_a_run_that_claims_more_samples_than_there_are(
        self, flags: int
    ) -> None:
        """Only that track is concerned."""
        run = full_box(b"trun", struct.pack(">Ii", 0xFFFFFFFF, 0), bytes(8), flags=flags)
        header = full_box(b"tfhd", struct.pack(">III", 1, 1024, 100), flags=0x18)
        bad = boxes.box(b"moof", boxes.box(b"traf", header, run), boxes.box(b"traf")) + boxes.box(b"mdat")

        first, second = (
            await inspect(initialisation(TrackRecipe(), TrackRecipe()) + bad + fragment(2, 10))
        ).audio_tracks

        assert first.problem is not None
        assert first.problem.code is FailureCode.CORRUPT_MEDIA
        assert second.problem is None


class TestTimes:
    async def test_lets_an_edit_play_from_its_start_to_the_end(self) -> None:
        edits = edit_list((5, -1), (100, 1024), (100, 5000))
        found = await only_track(initialisation(TrackRecipe(edits=edits)) + fragment(1, 10, time=0))

        assert found.edits == (Edit(1024 / RATE, None),)
        assert found.duration == pytest.approx(9 * 1024 / RATE)
        assert found.delay == pytest.approx(0.005)

    async def test_leaves_out_nothing_of_what_begins_later_than_its_edit(self) -> None:
        """A part of a stream has the edit list of its beginning."""
        edits = edit_list((0, 1024))
        content = initialisation(TrackRecipe(edits=edits), pictures())
        content += fragment(1, 10, time=RATE * 1000) + fragment(2, 1, time=999_000)

        found = await only_track(content)

        assert found.edits == ()
        assert found.duration == pytest.approx(10240 / RATE)
        assert found.delay == pytest.approx(1 - 1024 / RATE)

    async def test_names_the_problem_of_an_edit_behind_the_end(self) -> None:
        found = await only_track(initialisation(TrackRecipe(edits=edit_list((0, 10**6)))) + fragment(1, 10))

        assert found.problem is not None
        assert "edit list" in found.problem.detail

    @pytest.mark.parametrize(
        ("sound", "picture", "delay"),
        [(0, 0, 0), (RATE * 3, 1000, 2), (RATE, 3000, 0), (RATE * 10**6, 1000, 0), (2**63 + 5, 0, 0)],
    )
    async def test_is_delayed_by_what_begins_first(self, sound: int, picture: int, delay: float) -> None:
        content = initialisation(pictures(), TrackRecipe())
        content += fragment(1, 1, time=picture) + fragment(2, 10, time=sound)

        assert (await only_track(content)).delay == delay

    async def test_counts_gaps_between_fragments(self) -> None:
        content = initialisation(TrackRecipe()) + fragment(1, 100, time=0) + fragment(1, 100, time=RATE * 10)

        assert (await only_track(content)).duration == pytest.approx(10 + SECONDS)

    @pytest.mark.parametrize(("more", "gap"), [(0, LONGEST_PAUSE), (1, 0.0)])
    async def test_counts_a_gap_of_up_to_an_hour_and_takes_a_longer_one_for_a_wrong_time(
        self, more: int, gap: float
    ) -> None:
        later = 102400 + round(LONGEST_PAUSE * RATE) + more
        content = initialisation(TrackRecipe()) + fragment(1, 100, time=0) + fragment(1, 100, time=later)

        assert (await only_track(content)).duration == pytest.approx(2 * SECONDS + gap)

    @pytest.mark.parametrize("timed", [True, False])
    async def test_replaces_a_duration_of_many_hours(self, *, timed: bool) -> None:
        """Whether the times of the next fragments count it or there are none."""
        absurd = [1024] * 50 + [ABSURD] + [1024] * 49
        content = initialisation(TrackRecipe()) + fragment(1, 100, time=0)
        content += fragment(1, 100, durations=absurd, time=102400 if timed else None)
        content += fragment(1, 100, time=2 * 102400 - 1024 + ABSURD if timed else None)

        assert (await only_track(content)).duration == pytest.approx(3 * SECONDS)

    async def test_replaces_it_where_it_is_the_only_one_of_its_fragment(self) -> None:
        content = initialisation(TrackRecipe()) + fragment(1, 100, time=0)
        content += fragment(1, 1, durations=[ABSURD], time=102400) + fragment(1, 99, time=102400 + ABSURD)

        assert (await only_track(content)).duration == pytest.approx(2 * SECONDS)

    async def test_replaces_a_last_duration_that_is_too_long(self) -> None:
        content = initialisation(TrackRecipe()) + fragment(1, 100, time=0)
        content += fragment(1, 10, durations=[1024] * 9 + [RATE], time=102400)

        assert (await only_track(content)).duration == pytest.approx(SECONDS * 1.1)

    async def test_counts_fragments_whose_times_begin_anew(self) -> None:
        """Recordings that were joined with `cat`."""
        recording = initialisation(TrackRecipe()) + fragment(1, 100, time=0) + fragment(1, 100, time=102400)

        found = await only_track(recording * 2)

        assert found.duration == pytest.approx(4 * SECONDS)
        assert found.missing is None

    async def test_takes_durations_from_the_times_of_fragments_where_samples_have_none(self) -> None:
        content = initialisation(TrackRecipe(), duration=0)
        content += b"".join(fragment(1, 10, time=10240 * number) for number in range(5))

        found = await only_track(content)

        assert found.duration == pytest.approx(4 * 10240 / RATE)
        assert not found.has_steady_clock

    @pytest.mark.parametrize("durations", [[1024, 1024], [1024, 0], [1, 9]])
    async def test_has_a_steady_clock_where_the_last_sample_alone_lasts_no_time(
        self, durations: list[int]
    ) -> None:
        content = initialisation(TrackRecipe()) + fragment(1, 2) + fragment(1, 2, durations=durations)

        assert (await only_track(content)).has_steady_clock

    @pytest.mark.parametrize("durations", [[0, 1024], [0xFFFFFC00, 1024], [0, 0]])
    async def test_has_no_steady_clock_where_another_sample_does(self, durations: list[int]) -> None:
        content = initialisation(TrackRecipe()) + fragment(1, 2) + fragment(1, 2, durations=durations)

        assert not (await only_track(content)).has_steady_clock


class TestEnds:
    HEAD = initialisation(TrackRecipe())
    WHOLE = HEAD + fragment(1, 100, time=0)
    LAST = fragment(1, 100, durations=[1024] * 99 + [512], time=102400)

    @pytest.mark.parametrize(
        ("cut", "missing"),
        [
            (len(LAST) - 1, 99.5 * 1024 / RATE),
            (len(LAST) - 17, 99.5 * 1024 / RATE),
            (len(LAST) - 18, 99.5 * 1024 / RATE),
            (len(LAST) - 19, 0.0),
            (60, 0.0),
            (8, 0.0),
            (6, 0.0),
            (3, 0.0),
        ],
        ids=[
            "in-media",
            "in-its-header",
            "before-media",
            "in-run",
            "in-moof",
            "header",
            "in-header",
            "in-size",
        ],
    )
    async def test_is_readable_up_to_the_last_whole_fragment(self, cut: int, missing: float) -> None:
        traits = await inspect(self.WHOLE + self.LAST[:cut])

        assert traits.readable == len(self.WHOLE)
        (found,) = traits.audio_tracks
        assert found.missing == pytest.approx(missing)
        assert found.duration == pytest.approx(SECONDS)
        assert found.problem is None

    async def test_counts_usual_durations_for_what_is_lost(self) -> None:
        lost = fragment(1, 100, default=0)

        (found,) = (await inspect(self.WHOLE + lost[:-1])).audio_tracks

        assert found.missing == pytest.approx(SECONDS)

    @pytest.mark.parametrize(
        "junk",
        [
            b"Recorded with a camera, and here is its trailer",
            bytes(1000),
            bytes(3),
            b"\n",
            b"text\n",
            boxes.box(b"free", bytes(100))[:50],
            boxes.box(b"uuid", bytes(100)),
            boxes.box(b"mfra", bytes(100))[:50],
            boxes.box(b"abcd", bytes(100)),
            struct.pack(">I4s", 3, b"abcd") + bytes(50),
        ],
    )
    async def test_misses_nothing_where_something_else_follows(self, junk: bytes) -> None:
        traits = await inspect(self.WHOLE + junk)

        assert traits.readable is None
        assert traits.audio_tracks[0].missing is None

    @pytest.mark.parametrize("kind", [b"styp", b"sidx", b"emsg", b"mdat", b"moov", b"moof"])
    async def test_is_cut_off_where_a_box_of_a_recording_is(self, kind: bytes) -> None:
        for begin in (boxes.box(kind, bytes(100))[:50], struct.pack(">I4s", 3, kind)):
            traits = await inspect(self.WHOLE + begin)

            assert traits.readable == len(self.WHOLE)
            assert traits.audio_tracks[0].missing == 0.0

    async def test_goes_on_behind_boxes_of_other_kinds(self) -> None:
        content = self.WHOLE + boxes.box(b"abcd", bytes(3)) + boxes.box(b"free") + self.LAST

        assert (await only_track(content)).duration == pytest.approx(199.5 * 1024 / RATE)

    async def test_takes_an_empty_fragment_without_media_for_whole(self) -> None:
        empty = fragment(1, 0)[: -len(boxes.box(b"mdat", bytes(10)))]

        assert (await inspect(self.WHOLE + empty)).readable is None

    async def test_may_miss_something_of_a_fragment_with_invalid_boxes(self) -> None:
        broken = boxes.box(b"moof", struct.pack(">I4s", 3, b"traf"), bytes(50)) + boxes.box(b"mdat")

        traits = await inspect(self.WHOLE + broken + self.LAST)

        assert traits.readable is None
        assert traits.audio_tracks[0].missing == 0.0

    async def test_says_how_much_is_missing_of_what_was_announced(self) -> None:
        head = initialisation(TrackRecipe(), announced=2300)
        assert (await only_track(head + fragment(1, 100))).missing is None

        head = initialisation(TrackRecipe(), announced=5000)
        found = await only_track(head + fragment(1, 100))
        assert found.missing == pytest.approx(5 - SECONDS)
        assert found.problem is None

    async def test_takes_hours_that_a_wrong_time_adds_to_what_was_announced_for_no_loss(self) -> None:
        """The writer adds up its own times, and believes them."""
        head = initialisation(TrackRecipe(), announced=round(2 * SECONDS * 1000) + 7200_000)
        later = 102400 + 7200 * RATE

        found = await only_track(head + fragment(1, 100, time=0) + fragment(1, 100, time=later))

        assert found.duration == pytest.approx(2 * SECONDS)
        assert found.missing is None

    async def test_estimates_by_believable_durations_how_much_is_missing(self) -> None:
        lost = fragment(1, 100, durations=[1024] * 50 + [ABSURD] + [1024] * 49, time=102400)

        found = await only_track(self.HEAD + fragment(1, 100, time=0) + lost[:-1])

        assert found.missing == pytest.approx(SECONDS)

    @pytest.mark.parametrize("cut", [3, 60, len(LAST) - 1])
    async def test_refuses_a_recording_that_ends_before_its_first_whole_fragment(self, cut: int) -> None:
        assert "before its first whole fragment" in await refused(self.HEAD + self.LAST[:cut])

    async def test_names_an_initialisation_segment(self) -> None:
        detail = await refused(self.HEAD)

        assert "initialisation segment" in detail
        assert detail.endswith("Choose the whole video.")
        assert await refused(self.HEAD + boxes.box(b"free", bytes(10))) == detail

    @pytest.mark.parametrize("begin", [b"", boxes.box(b"styp", b"msdh", bytes(4)), file_type()])
    async def test_names_a_media_segment(self, begin: bytes) -> None:
        detail = await refused(begin + fragment(1, 100) * 2)

        assert "media segment" in detail
        assert detail.endswith("Choose the whole video.")

    async def test_takes_an_ordinary_file_with_a_left_over_box_for_ordinary(self) -> None:
        """Its edit list counts whole, and its sample table tells what is missing."""
        recipe = TrackRecipe(edits=edit_list((1000, 1024)), chunk_offset=5000)
        index = file_type() + boxes.movie(track(recipe), extends=movie_extends())
        whole = index + boxes.box(b"mdat", bytes(10_500 - len(index) - 8))

        found = await only_track(whole)
        assert found.edits == (Edit(1024 / RATE, 1.0),)

        traits = await inspect(whole[:10_100])
        assert traits.readable is None
        (found,) = traits.audio_tracks
        assert (found.missing, found.problem is None) == (None, True)
        (found,) = (await inspect(whole[:9_000])).audio_tracks
        assert found.problem is not None
        assert "1,000 bytes" in found.problem.detail

    async def test_takes_the_first_of_two_joined_files(self) -> None:
        first = video_file(track(TrackRecipe(chunk_offset=boxes.media_start())))

        traits = await inspect(first * 2)

        assert traits.readable is None
        assert traits.audio_tracks == (await inspect(first)).audio_tracks
