"""Frames of silence and faded frames, in each format of decoders."""

import numpy as np
import pytest
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.discrete_channels import with_speaker_layout
from tracklift_adapters.lame.decoding.resampler import form_of
from tracklift_adapters.lame.decoding.silence import (
    faded_in,
    faded_out,
    samples_of,
    shortened,
    silent_frames,
    with_samples,
)

RATE = 8000
FORMS = ["u8", "s16", "s32", "flt", "dbl", "u8p", "s16p", "s32p", "fltp", "dblp"]


def a_frame(sample_format: str, layout: str = "stereo", channels: int = 2) -> AudioFrame:
    """Make a frame whose channels are steps from −50 upward, so that all samples differ."""
    kinds = {"u8": "u1", "s16": "i2", "s32": "i4", "flt": "f4", "dbl": "f8"}
    samples = np.arange(channels * 100).reshape(channels, 100) % 101 - 50.0
    values = samples + (128 if sample_format.startswith("u8") else 0)
    if not sample_format.endswith("p"):
        values = values.T.reshape(1, -1)
    kind = kinds[sample_format.removesuffix("p")]
    frame = AudioFrame.from_ndarray(
        np.ascontiguousarray(values.astype(kind)), format=sample_format, layout=layout
    )
    frame.sample_rate = RATE
    return frame


@pytest.mark.parametrize("sample_format", FORMS)
def test_samples_are_read_and_written_unchanged(sample_format: str) -> None:
    frame = a_frame(sample_format)

    copy = with_samples(frame, samples_of(frame))

    assert form_of(copy) == form_of(frame)
    assert np.array_equal(copy.to_ndarray(), frame.to_ndarray())
    assert samples_of(frame)[0, :3].tolist() == [-50, -49, -48]


@pytest.mark.parametrize("sample_format", FORMS)
def test_silence_is_silent(sample_format: str) -> None:
    frames = list(silent_frames(a_frame(sample_format), 2.5))

    assert sum(frame.samples for frame in frames) == 2.5 * RATE
    assert {form_of(frame) for frame in frames} == {(sample_format, "stereo", RATE)}
    assert not any(samples_of(frame).any() for frame in frames)


def test_sound_fades_in_from_silence_and_out_to_it() -> None:
    frame = with_samples(a_frame("fltp"), np.ones((2, 100)))

    rising, falling = samples_of(faded_in(frame))[0], samples_of(faded_out(frame))[0]

    assert rising[:16] == pytest.approx((np.arange(16) + 0.5) / 16)
    assert set(rising[16:]) == {1.0}
    assert falling.tolist() == rising[::-1].tolist()


def test_a_frame_shorter_than_a_fade_is_faded_as_a_whole() -> None:
    frame = with_samples(a_frame("fltp"), np.ones((2, 3)))

    assert samples_of(faded_in(frame))[0] == pytest.approx([1 / 6, 1 / 2, 5 / 6])


def test_samples_beyond_the_range_of_integers_are_clipped() -> None:
    frame = with_samples(a_frame("s16"), np.full((2, 4), 1e6))

    assert samples_of(frame).max() == 32767


def test_a_frame_is_shortened_from_its_end() -> None:
    assert samples_of(shortened(a_frame("s16p"), 2))[0].tolist() == [-50, -49]


def test_discrete_channels_are_mixed_at_one_level() -> None:
    frame = a_frame("s16p", layout="4 channels", channels=4)

    made = with_speaker_layout(frame)

    assert form_of(made) == ("s16p", "stereo", RATE)
    samples = samples_of(frame)
    assert samples_of(made)[0] == pytest.approx(samples[::2].mean(axis=0), abs=0.5)
    assert samples_of(made)[1] == pytest.approx(samples[1::2].mean(axis=0), abs=0.5)


@pytest.mark.parametrize(("channels", "layout"), [(1, "mono"), (2, "stereo")])
def test_one_or_two_discrete_channels_become_mono_or_stereo(channels: int, layout: str) -> None:
    frame = a_frame("flt", layout=f"{channels} channels", channels=channels)

    made = with_speaker_layout(frame)

    assert form_of(made) == ("flt", layout, RATE)
    assert np.array_equal(samples_of(made), samples_of(frame))


def test_channels_with_speaker_positions_are_not_changed() -> None:
    frame = a_frame("fltp", layout="5.1", channels=6)

    assert with_speaker_layout(frame) is frame
