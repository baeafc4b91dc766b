"""Segments of several encoders become one stream in which each frame still has its own main data."""

import io
import random

import pytest
from fastcrc import crc16
from hypothesis import given
from hypothesis import strategies as st

from tests.media import layer3
from tracklift_adapters.lame.encoding.joiner import AGREEMENT, Joiner, SeamError, Seams
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.reservoir import bytes_before, room_before, write_before


def parts(count: int, *, seed: int = 0, most: int = 300) -> list[bytes]:
    """Make main data of so many frames, each with half to one and a half times so many bytes."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    return [chance.randbytes(chance.randint(most // 2, most + most // 2)) for _ in range(count)]


def heard(stream: bytes, *, header: bytes = layer3.HEADER) -> list[bytes | None]:
    """Give the main data that a decoder finds."""
    return layer3.decode(stream, header=header)


class TestExactSeams:
    def test_writes_what_a_single_encoder_would_have_written(self) -> None:
        whole = parts(200)
        single = layer3.encode(whole, stuffing=0)
        first, last = layer3.encode(whole[:108]), layer3.encode(whole[60:])
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(first, warm_up=0, kept=100)
        joiner.add(last, warm_up=40, kept=None)

        assert sink.getvalue() == single
        assert joiner.seams == Seams(exact=1)

    def test_joins_any_number_of_segments(self) -> None:
        whole = parts(400)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        for start in range(0, 400, 100):
            warm_up = min(start, 50)
            kept = 100 if start < 300 else None
            joiner.add(layer3.encode(whole[start - warm_up : start + 108]), warm_up=warm_up, kept=kept)

        assert sink.getvalue() == layer3.encode(whole, stuffing=0)
        assert joiner.seams == Seams(exact=3)

    def test_replaces_the_frames_after_the_last_one_that_is_kept(self) -> None:
        whole = parts(200)
        # Of the same size, so that the side information does not differ.
        first = layer3.encode([*whole[:100], *(bytes(len(part)) for part in whole[100:108])])
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(first, warm_up=0, kept=100)
        joiner.add(layer3.encode(whole[60:]), warm_up=40, kept=None)

        assert joiner.seams == Seams(exact=1)
        assert sink.getvalue() == layer3.encode(whole, stuffing=0)

    def test_walks_back_to_where_both_agree(self) -> None:
        whole = parts(200)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode([*whole[:98], *parts(10, seed=1)]), warm_up=0, kept=100)
        joiner.add(layer3.encode(whole[60:]), warm_up=40, kept=None)

        assert joiner.seams == Seams(walked=1)
        assert sink.getvalue() == layer3.encode(whole, stuffing=0)

    @pytest.mark.parametrize("count", [90, 100], ids=["shorter", "without look-ahead"])
    def test_walks_back_if_the_previous_segment_is_too_short(self, count: int) -> None:
        whole = parts(200)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode(whole[:count]), warm_up=0, kept=100)
        joiner.add(layer3.encode(whole[60:]), warm_up=40, kept=None)

        assert sink.getvalue() == layer3.encode(whole, stuffing=0)
        assert joiner.seams == Seams(walked=1)

    def test_requires_agreement_over_many_frames(self) -> None:
        whole = parts(200)
        differing = parts(40 - AGREEMENT + 1, seed=1)
        joiner = Joiner(io.BytesIO())

        joiner.add(layer3.encode(whole[:108]), warm_up=0, kept=100)

        with pytest.raises(SeamError):
            joiner.add(layer3.encode([*differing, *whole[100 - AGREEMENT + 1 :]]), warm_up=40, kept=None)

    def test_requires_agreement_without_a_gap(self) -> None:
        # So few that the reservoir is always full, and a frame does not depend on the previous one.
        whole = parts(200, most=100)
        differing = [part + b"!" * (number == 92) for number, part in enumerate(whole)]
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode(whole[:108]), warm_up=0, kept=100)
        joiner.add(layer3.encode(differing[60:]), warm_up=40, kept=None)

        assert joiner.seams == Seams(walked=1)
        assert heard(sink.getvalue()) == differing

    def test_joins_a_last_segment_that_is_shorter_than_its_warm_up(self) -> None:
        whole = parts(95)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode(whole), warm_up=0, kept=100)
        joiner.add(layer3.encode(whole[60:]), warm_up=40, kept=None)

        assert joiner.seams == Seams(walked=1)
        assert sink.getvalue() == layer3.encode(whole, stuffing=0)


class TestSegmentsThatCannotBeJoined:
    def test_raises_an_error_if_the_encoders_agree_nowhere(self) -> None:
        joiner = Joiner(io.BytesIO())
        joiner.add(layer3.encode(parts(108)), warm_up=0, kept=100)

        with pytest.raises(SeamError, match="agree nowhere in 40 frames"):
            joiner.add(layer3.encode(parts(140, seed=1)), warm_up=40, kept=None)

    def test_raises_an_error_if_the_reservoirs_differ(self) -> None:
        # The same main data in the same places, of which the first encoder lays none into the reservoir.
        whole = [bytes(200)] * 200
        joiner = Joiner(io.BytesIO())
        joiner.add(layer3.encode(whole[:108], reservoir=0), warm_up=0, kept=100)

        with pytest.raises(SeamError):
            joiner.add(layer3.encode(whole[60:]), warm_up=40, kept=None)

    def test_does_not_join_a_segment_that_depends_on_missing_frames(self) -> None:
        # All are equal, but 60 bodies of 3 bytes hold less than the reservoir does.
        whole = layer3.encode([bytes(1)] * 400, header=layer3.TINY_HEADER)
        without_start = Frames(whole).behind(240)
        joiner = Joiner(io.BytesIO())
        joiner.add(whole[: 308 * 24], warm_up=0, kept=300)

        with pytest.raises(SeamError, match="agree nowhere in 60 frames"):
            joiner.add(without_start.joined(0, 160), warm_up=60, kept=None)

    def test_joins_nothing_to_the_last_segment(self) -> None:
        joiner = Joiner(io.BytesIO())
        joiner.add(layer3.encode(parts(50)), warm_up=0, kept=None)

        with pytest.raises(SeamError):
            joiner.add(layer3.encode(parts(100)), warm_up=50, kept=None)

    @given(
        st.sampled_from(sorted(layer3.LAYOUTS)),
        st.integers(0, 2**32),
        st.floats(0, 1.1),
        st.sampled_from([0, 30, 255, 511]),
    )
    def test_joins_to_what_a_single_encoder_writes_or_not_at_all(
        self, header: bytes, seed: int, filled: float, reservoir: int
    ) -> None:
        # The main data of a tiny frame reach back over 85 others.
        whole = parts(300, seed=seed, most=round(filled * layer3.LAYOUTS[header].body))
        sink = io.BytesIO()
        joiner = Joiner(sink)
        try:
            joiner.add(layer3.encode(whole[:208], header=header, reservoir=reservoir), warm_up=0, kept=200)
            joiner.add(layer3.encode(whole[80:], header=header, reservoir=reservoir), warm_up=120, kept=None)
        except SeamError:
            return

        assert sink.getvalue() == layer3.encode(whole, header=header, reservoir=reservoir, stuffing=0)


class TestFrameWriter:
    def test_counts_what_was_written(self) -> None:
        whole = parts(700)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode(whole[:608]), warm_up=0, kept=600)
        joiner.add(layer3.encode(whole[540:]), warm_up=60, kept=None)

        written = joiner.written
        assert list(written.sizes) == [417] * 700
        assert written.size == 700 * 417 == len(sink.getvalue())
        assert written.samples == 700 * 1152
        assert written.checksum == crc16.arc(sink.getvalue())
        assert written.first.word.to_bytes(4) == layer3.HEADER

    def test_keeps_the_first_header(self) -> None:
        written = FrameWriter(io.BytesIO())

        for header in (layer3.MONO_HEADER, layer3.HEADER):
            written.write(Frames(layer3.encode([b"x"], header=header)), 0, 1)

        assert written.first.channels == 1

    def test_has_no_first_frame_before_there_is_one(self) -> None:
        written = Joiner(io.BytesIO()).written

        assert (written.samples, written.average_bitrate, written.constant_bitrate) == (0, 0, True)
        with pytest.raises(ValueError, match="no frames"):
            _ = written.first

    def test_writes_early_and_holds_few_frames(self) -> None:
        whole = parts(4000)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode(whole[:3008]), warm_up=0, kept=3000)

        assert len(sink.getvalue()) > 2000 * 417
        joiner.add(layer3.encode(whole[2900:]), warm_up=100, kept=None)
        assert sink.getvalue() == layer3.encode(whole, stuffing=0)

    def test_joins_segments_shorter_than_what_it_holds(self) -> None:
        whole = parts(240)
        sink = io.BytesIO()
        joiner = Joiner(sink)

        joiner.add(layer3.encode(whole[:38]), warm_up=0, kept=30)
        for start in range(30, 210, 30):
            joiner.add(layer3.encode(whole[start - 30 : start + 38]), warm_up=30, kept=30)
        joiner.add(layer3.encode(whole[180:]), warm_up=30, kept=None)

        assert sink.getvalue() == layer3.encode(whole, stuffing=0)
        assert joiner.seams.exact + joiner.seams.walked == 7


class TestReservoir:
    def test_finds_the_space_that_frames_leave_unused(self) -> None:
        frames = Frames(layer3.encode([bytes(100), bytes(300), bytes(381)]))

        assert [room_before(frames, index) for index in range(4)] == [0, 281, 362, 362]

    def test_has_no_more_space_than_a_frame_can_refer_to(self) -> None:
        frames = Frames(layer3.encode([bytes(1)] * 5))

        assert room_before(frames, 5) == 511

    def test_returns_the_bytes_before_a_body(self) -> None:
        frames = Frames(layer3.encode([b"a" * 381, b"b" * 381, b"c" * 381]))

        assert bytes_before(frames, 2, 400) == b"a" * 19 + b"b" * 381
        assert bytes_before(frames, 1, 400) == b"a" * 381
        assert bytes_before(frames, 0, 3) == b""

    def test_overwrites_bytes_in_several_bodies(self) -> None:
        frames = Frames(layer3.encode([bytes(1)] * 40, header=layer3.SMALL_HEADER))
        before = bytes_before(frames, 40, 40 * 15)

        write_before(frames, 20, b"x" * 40)

        assert bytes_before(frames, 40, 40 * 15) == before[: 300 - 40] + b"x" * 40 + before[300:]
