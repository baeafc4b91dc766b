"""The MP4 inspector takes times to place the sound, and believes none that can't be true."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media import boxes
from tests.media.boxes import (
    TrackRecipe,
    audio_file,
    data_value,
    edit_list,
    full_box,
    media_start,
    metadata,
    movie_header,
    sample_entry,
    track,
    video_file,
)
from tests.media.readers import BytesVideo
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_adapters.mp4.movie import read_traits
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.timeline import LONGEST_PAUSE, Edit

RATE = 44100
FRAME = 1024 / RATE
SECONDS = 100 * FRAME


def durations(*runs: tuple[int, int]) -> bytes:
    return full_box(b"stts", struct.pack(">I", len(runs)), *(struct.pack(">II", *run) for run in runs))


async def only_track(content: bytes) -> AudioTrack:
    (found,) = (await Mp4Inspector().inspect(BytesVideo(content))).audio_tracks
    return found


async def edited(*edits: tuple[int, int]) -> AudioTrack:
    return await only_track(audio_file(TrackRecipe(edits=edit_list(*edits))))


async def timed(*runs: tuple[int, int], timescale: int = RATE) -> AudioTrack:
    recipe = TrackRecipe(stts=durations(*runs), media_duration=0, timescale=timescale)
    return await only_track(audio_file(recipe))


class TestEdits:
    async def test_gives_a_start_in_the_media_and_a_duration_in_the_movie(self) -> None:
        found = await edited((1500, 2205))

        assert found.edits == (Edit(0.05, 1.5),)
        assert found.duration == 1.5

    async def test_gives_pauses_between_edits(self) -> None:
        found = await edited((500, 0), (2000, -1), (500, 22050))

        assert found.edits == (Edit(0.0, 0.5), Edit(None, 2.0), Edit(0.5, 0.5))
        assert found.duration == 3.0
        assert found.delay == 0

    async def test_is_delayed_by_the_pauses_in_front(self) -> None:
        found = await edited((500, -1), (250, -1), (1000, 1024), (700, -1), (5, -1))

        assert found.edits == (Edit(FRAME, 1.0),)
        assert (found.delay, found.duration) == (0.75, 1.0)

    async def test_takes_a_list_of_pauses_for_none(self) -> None:
        found = await edited((500, -1))

        assert (found.edits, found.delay) == ((), 0.5)
        assert found.duration == pytest.approx(SECONDS)

    async def test_plays_to_the_end_without_a_duration_in_the_last_edit(self) -> None:
        found = await edited((0, 100), (500, 0), (0, 22050), (100, -1))

        assert found.edits == (Edit(0.0, 0.5), Edit(0.5, None))
        assert found.duration == pytest.approx(SECONDS)

    async def test_ignores_an_absurd_pause(self) -> None:
        assert (await edited((2**31, -1), (1000, 0))).delay == 0


class TestDurations:
    async def test_believes_a_gap(self) -> None:
        """A paused recording: one sample lasts until it goes on."""
        found = await timed((50, 1024), (1, 2 * RATE), (49, 1024))

        assert found.duration == pytest.approx(99 * FRAME + 2)
        assert found.has_steady_clock

    async def test_believes_a_pause_of_up_to_an_hour_and_replaces_a_longer_one(self) -> None:
        longest = round(LONGEST_PAUSE * RATE) + 1024

        believed = await timed((50, 1024), (1, longest), (49, 1024))
        replaced = await timed((50, 1024), (1, longest + 1), (49, 1024))

        assert believed.duration == pytest.approx(SECONDS + LONGEST_PAUSE)
        assert replaced.duration == pytest.approx(SECONDS)
        assert believed.has_steady_clock
        assert replaced.has_steady_clock

    @pytest.mark.parametrize("place", ["first", "middle", "last"])
    async def test_replaces_a_duration_of_thirteen_hours_wherever_it_stands(self, place: str) -> None:
        absurd, before = (1, 13 * 3600 * RATE), {"first": 0, "middle": 50, "last": 99}[place]

        found = await timed((before, 1024), absurd, (99 - before, 1024))

        assert found.duration == pytest.approx(SECONDS)
        assert found.padding == 0

    async def test_replaces_durations_of_hours_among_very_many_different_ones(self) -> None:
        runs = [(1, 2000 + number) for number in range(20_000)]
        absurd = [(1, 13 * 3600 * RATE + number) for number in range(20_000)]
        recipe = TrackRecipe(
            samples=80_000, sample_size=1, stts=durations((40_000, 1000), *runs, *absurd), media_duration=0
        )

        found = await only_track(audio_file(recipe, media=80_100))

        units = 40_000 * 1000 + sum(duration for _, duration in runs) + 20_000 * 1000
        assert found.duration == pytest.approx(units / RATE)

    @pytest.mark.parametrize("impossible", [0, 0xFFFFFC00, 2**31])
    async def test_replaces_a_duration_that_is_not_positive(self, impossible: int) -> None:
        found = await timed((50, 1024), (1, impossible), (49, 1024))

        assert found.duration == pytest.approx(SECONDS)
        assert not found.has_steady_clock

    async def test_replaces_a_last_one_that_is_too_long(self) -> None:
        assert (await timed((99, 1024), (1, RATE))).duration == pytest.approx(SECONDS)
        assert (await timed((99, 1024), (1, 2048))).duration == pytest.approx(SECONDS + FRAME)

    @pytest.mark.parametrize("last", [0, 0xFFFFFFFF])
    async def test_has_a_steady_clock_where_the_last_one_alone_is_impossible(self, last: int) -> None:
        found = await timed((99, 1024), (1, last))

        assert found.duration == pytest.approx(SECONDS)
        assert found.has_steady_clock
        assert found.padding is None

    async def test_does_not_know_what_no_duration_tells(self) -> None:
        found = await timed((100, 0))

        assert found.duration is None
        assert not found.has_steady_clock
        assert found.has_samples
        assert found.problem is None

    async def test_counts_durations_of_the_samples_that_are_there(self) -> None:
        assert (await timed((2**32 - 1, 1024))).duration == pytest.approx(SECONDS)
        assert (await timed((40, 1024))).duration == pytest.approx(SECONDS)

    async def test_does_not_know_a_duration_of_years(self) -> None:
        assert (await timed((100, 2**31 - 1), timescale=1)).duration is None

    async def test_keeps_the_usual_duration_of_very_many_different_ones(self) -> None:
        runs = [(1, 2000 + number) for number in range(20_000)]
        recipe = TrackRecipe(samples=60_001, sample_size=1, stts=durations((40_000, 1000), *runs, (1, 0)))

        found = await only_track(audio_file(recipe, media=80_100))

        units = 40_000 * 1000 + sum(duration for _, duration in runs) + 1000
        assert found.duration == pytest.approx(units / RATE)
        assert found.has_steady_clock


def commented(text: bytes, *tracks: bytes, name: bytes = b"iTunSMPB", header: bytes | None = None) -> bytes:
    item = boxes.box(
        b"----", full_box(b"mean", b"com.apple.iTunes"), full_box(b"name", name), data_value(text)
    )
    user_data = boxes.box(b"udta", metadata(boxes.text_item(b"\xa9nam", "A title"), item))
    return video_file(*tracks, user_data=user_data, header=header or movie_header())


class TestGaplessComments:
    PRIMING = b" 00000000 00000840 000001CA 00000000000186A0 00000000 00000000"
    """2,112 samples before 100,000."""

    def sound(self, **recipe: object) -> bytes:
        return track(TrackRecipe(chunk_offset=media_start(), **recipe))  # type: ignore[arg-type]

    async def test_takes_a_comment_of_itunes_for_an_edit(self) -> None:
        found = await only_track(commented(self.PRIMING, self.sound()))

        assert found.edits == (Edit(2112 / RATE, 100_000 / RATE),)
        assert found.duration == pytest.approx(100_000 / RATE)

    async def test_counts_by_the_rate_of_the_sound_where_the_time_scale_does_not_fit(self) -> None:
        sound = self.sound(timescale=RATE // 2, sample_duration=512)

        assert (await only_track(commented(self.PRIMING, sound))).edits == (
            Edit(2112 / RATE, 100_000 / RATE),
        )

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"no numbers at all",
            b" 00000000 00000840",
            b" 00000000 00002710 000001CA 00000000000186A0",
            b" 00000000 00000840 000001CA 00000000000F86A0",
            b" 00000000 00000840 000001CA 0000000000000000",
        ],
        ids=["empty", "words", "short", "much-priming", "too-long", "nothing"],
    )
    async def test_ignores_one_that_can_not_be_true(self, text: bytes) -> None:
        assert (await only_track(commented(text, self.sound()))).edits == ()

    async def test_ignores_other_comments(self) -> None:
        for name in (b"iTunNORM", b""):
            assert (await only_track(commented(self.PRIMING, self.sound(), name=name))).edits == ()

    async def test_prefers_an_edit_list(self) -> None:
        sound = self.sound(edits=edit_list((1000, 0)))

        assert (await only_track(commented(self.PRIMING, sound))).edits == (Edit(0.0, 1.0),)

    async def test_concerns_aac_alone(self) -> None:
        sound = self.sound(entry=sample_entry(b"alac"))

        assert (await only_track(commented(self.PRIMING, sound))).edits == ()

    async def test_concerns_no_track_of_several(self) -> None:
        content = commented(self.PRIMING, self.sound(), self.sound(id=2))

        found = (await Mp4Inspector().inspect(BytesVideo(content))).audio_tracks

        assert [each.edits for each in found] == [(), ()]


NUMBERS = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 1024, 2**31 - 1, 2**31, 0xFFFFFC00]))


@given(
    runs=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=6),
    edits=st.lists(st.tuples(NUMBERS, st.integers(-(2**31), 2**31 - 1)), max_size=5),
    timescale=NUMBERS,
    movie_timescale=NUMBERS,
    samples=st.integers(0, 50),
)
def test_no_times_are_an_error_or_make_an_absurd_duration(
    runs: list[tuple[int, int]],
    edits: list[tuple[int, int]],
    timescale: int,
    movie_timescale: int,
    samples: int,
) -> None:
    """Whatever tables and edit lists say, the bytes are there."""
    recipe = TrackRecipe(
        samples=samples,
        stts=durations(*runs),
        timescale=timescale,
        edits=edit_list(*edits),
        chunk_offset=media_start(),
        media_duration=0,
    )
    content = video_file(track(recipe), header=movie_header(timescale=movie_timescale))

    (found,) = read_traits(ByteSource(BytesVideo(content))).audio_tracks

    assert found.duration is None or 0 <= found.duration <= 1000 * 3600
    assert 0 <= found.delay <= 24 * 3600
    assert not found.edits or None not in {found.edits[0].start, found.edits[-1].start}
    assert all(edit.duration is None or edit.duration > 0 for edit in found.edits)
    assert all(edit.duration is not None for edit in found.edits[:-1])
    assert found.problem is None or "edit list" in found.problem.detail
    assert found.has_samples is (samples > 0)
