"""Several encoders write what a single one writes, byte for byte."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from typing_extensions import override

from tests.media.sounds import SOUNDS, Sound
from tests.selection import thorough
from tracklift_adapters.lame.encoding import segments
from tracklift_adapters.lame.encoding.encoder import LameEncoder, LameError
from tracklift_adapters.lame.encoding.joiner import SeamError, Seams
from tracklift_adapters.lame.encoding.parallel_encoder import ParallelEncoder
from tracklift_adapters.lame.encoding.segments import PlanSegments, Segment, Segmentation
from tracklift_adapters.lame.encoding.single_encoder import SingleEncoder
from tracklift_adapters.lame.mp3.info_frame import Encoding, info_frame

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

_EVERY = 441
"""Frames between two seams: as short as segments may be, for many seams."""
SECONDS = 47
"""Enough for three seams."""
SHORT = 36
"""Enough for two."""


@dataclass(frozen=True)
class Setting:
    rate: int
    channels: int
    bitrate: int

    def encoder(self) -> LameEncoder:
        return LameEncoder(sample_rate=self.rate, channels=self.channels, bitrate=self.bitrate)

    def sound(self, name: str, seconds: int = SECONDS) -> Sound:
        return _sound(name, self.rate, seconds)[: self.channels]


SETTINGS = [
    Setting(44100, 2, 192),
    Setting(44100, 2, 128),
    Setting(48000, 2, 320),
    Setting(48000, 1, 128),
    Setting(44100, 1, 64),
    Setting(22050, 2, 128),
    Setting(22050, 1, 64),
]


@cache
def _sound(name: str, rate: int, seconds: int) -> Sound:
    return SOUNDS[name](seconds, rate)


def many_segments(samples: int, rate: int) -> Segmentation:
    starts = range(0, samples // segments.frame_samples(rate) - _EVERY, _EVERY)
    ends: list[int | None] = [*starts[1:], None]
    return Segmentation([Segment(*borders) for borders in zip(starts, ends, strict=True)], 2, 3600 * rate)


def always(segmentation: Segmentation) -> PlanSegments:
    return lambda _supplied, _encoded: segmentation


class CountingEncoder(LameEncoder):
    samples = 0

    @override
    def encode(self, samples: Sound) -> bytes:
        self.samples += samples.shape[1]
        return super().encode(samples)


def encode(
    sound: Sound,
    setting: Setting,
    plan: Segmentation | PlanSegments,
    block: int = 50_000,
    open_encoder: Callable[[], LameEncoder] | None = None,
) -> tuple[bytes, Seams]:
    sink = io.BytesIO()
    with ParallelEncoder(
        open_encoder or setting.encoder,
        sink,
        always(plan) if isinstance(plan, Segmentation) else plan,
        sample_rate=setting.rate,
        encoded=lambda _: None,
    ) as encoders:
        for start in range(0, sound.shape[1], block):
            encoders.write(sound[:, start : start + block])
        written = encoders.finish()
    encoding = Encoding(samples=sound.shape[1], source_rate=setting.rate)
    return info_frame(written, encoding) + sink.getvalue(), encoders.seams


def encode_alone(sound: Sound, setting: Setting) -> bytes:
    sink = io.BytesIO()
    with SingleEncoder(setting.encoder, sink, max_waiting=sound.shape[1], encoded=lambda _: None) as encoder:
        encoder.write(sound)
        written = encoder.finish()
    return info_frame(written, Encoding(samples=sound.shape[1], source_rate=setting.rate)) + sink.getvalue()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("name", SOUNDS)
def test_several_encoders_write_what_one_writes(name: str, setting: Setting) -> None:
    sound = setting.sound(name)
    segmentation = many_segments(sound.shape[1], setting.rate)

    together, seams = encode(sound, setting, segmentation)

    assert together == encode_alone(sound, setting)
    assert seams.exact + seams.walked == len(segmentation.segments) - 1 >= 3


@pytest.mark.one_in(4)
@pytest.mark.parametrize("setting", SETTINGS[:4], ids=str)
@pytest.mark.parametrize("name", ["music", "speech", "noise"])
def test_with_too_little_warm_up_encoders_write_what_one_writes_or_raise_an_error(
    name: str, setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "WARM_UP", 49)
    sound = setting.sound(name)
    try:
        together, _ = encode(sound, setting, many_segments(sound.shape[1], setting.rate))
    except SeamError:
        return

    assert together == encode_alone(sound, setting)


@pytest.mark.parametrize("encoders", [2, 3])
@pytest.mark.parametrize("supply", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("expected", [SHORT - 12, SHORT, SHORT + 12])
def test_the_output_does_not_depend_on_when_the_recording_is_split(
    expected: int, supply: float, encoders: int
) -> None:
    setting = SETTINGS[0]
    sound = setting.sound("music", SHORT)
    began: list[LameEncoder] = []

    def plan(supplied: int, _encoded: int) -> Segmentation:
        return segments.plan_segments(
            expected * 44100,
            44100,
            channels=2,
            encoders=encoders,
            supplied=supplied,
            encoded=round(supply * supplied),
        )

    def open_encoder() -> LameEncoder:
        began.append(setting.encoder())
        return began[-1]

    together, _ = encode(sound, setting, plan, block=20_000, open_encoder=open_encoder)

    assert together == alone_in_usual_blocks()
    assert len(began) > 1 or supply == 1.0


@cache
def alone_in_usual_blocks() -> bytes:
    return encode_alone(SETTINGS[0].sound("music", SHORT), SETTINGS[0])


# Each run shows it where recordings end around a seam.
@pytest.mark.thorough
@pytest.mark.parametrize("bitrate", [128, 192, 320])
def test_music_is_identical_to_a_single_encoders_at_common_bit_rates(bitrate: int) -> None:
    setting = Setting(44100, 2, bitrate)
    sound = setting.sound("music")

    together, _ = encode(sound, setting, many_segments(sound.shape[1], setting.rate))

    assert together == encode_alone(sound, setting)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("block", [1, 1000, 1152 * _EVERY, 10**7])
def test_the_output_does_not_depend_on_the_size_of_blocks(block: int) -> None:
    samples = 4_000 if block == 1 else 2 * _EVERY * 1152 + 60_000
    sound = SETTINGS[0].sound("music", SHORT)[:, :samples]

    assert encode(sound, SETTINGS[0], many_segments(SECONDS * 44100, 44100), block) == in_usual_blocks(
        samples
    )


@cache
def in_usual_blocks(samples: int) -> tuple[bytes, Seams]:
    return encode(
        SETTINGS[0].sound("music", SHORT)[:, :samples], SETTINGS[0], many_segments(SECONDS * 44100, 44100)
    )


@pytest.mark.parametrize("name", ["music", "silence"])
def test_an_encoder_stops_where_the_next_one_agrees(name: str) -> None:
    setting = SETTINGS[0]
    sound = setting.sound(name, SHORT)
    segmentation = many_segments(sound.shape[1], setting.rate)
    made: list[CountingEncoder] = []

    def counting() -> LameEncoder:
        made.append(CountingEncoder(sample_rate=44100, channels=2, bitrate=192))
        return made[-1]

    _, seams = encode(sound, setting, segmentation, open_encoder=counting)

    overlaps = sum(encoder.samples for encoder in made) - sound.shape[1]
    between = len(segmentation.segments) - 1
    assert seams == Seams(walked=between)
    assert segments.FIRST_CHECKPOINT * 1152 * between <= overlaps < 0.5 * segments.WARM_UP * 1152 * between


@pytest.mark.one_in(5)
@pytest.mark.parametrize(
    "behind",
    [
        *(1152 * (overlap - segments.WARM_UP) for overlap in (1, 100, 108)),
        *thorough(1152 * (overlap - segments.WARM_UP) for overlap in (60, 99, 101, 140, 250)),
        *(1152 * (segments.FIRST_CHECKPOINT - segments.WARM_UP) + samples for samples in (-1, 1)),
        *(-1, 0, 1, 1152 * segments.LOOK_AHEAD, 1152 * segments.LOOK_AHEAD + 1),
    ],
)
def test_a_recording_may_end_anywhere_around_a_seam(behind: int) -> None:
    setting = SETTINGS[0]
    sound = setting.sound("music", SHORT)[:, : 2 * _EVERY * 1152 + behind]

    together, _ = encode(sound, setting, many_segments(SECONDS * 44100, 44100))

    assert together == encode_alone(sound, setting)


def test_the_error_of_one_encoder_is_raised() -> None:
    setting = SETTINGS[0]
    made: list[LameEncoder] = []

    def failing() -> LameEncoder:
        if made:
            raise LameError("no more")
        made.append(setting.encoder())
        return made[-1]

    sound = setting.sound("music", SHORT)
    encoders = ParallelEncoder(
        failing,
        io.BytesIO(),
        always(many_segments(sound.shape[1], 44100)),
        sample_rate=44100,
        encoded=lambda _: None,
    )

    def encode_all() -> None:
        with encoders:
            encoders.write(sound)
            encoders.finish()

    with pytest.raises(LameError, match="no more"):
        encode_all()


def test_the_decoder_waits_while_too_many_samples_are_queued() -> None:
    setting = SETTINGS[0]
    sound = setting.sound("music", SHORT)[:, : 15 * 44100]
    waiting: list[int] = []
    encoded = 0

    def note(samples: int) -> None:
        nonlocal encoded
        encoded = samples

    narrow = Segmentation([Segment(0, None)], 1, 44100)
    with ParallelEncoder(
        setting.encoder, io.BytesIO(), always(narrow), sample_rate=44100, encoded=note
    ) as encoders:
        for start in range(0, sound.shape[1], 10_000):
            encoders.write(sound[:, start : start + 10_000])
            waiting.append(start + 10_000 - encoded)
        encoders.finish()

    assert max(waiting[44:]) <= 44100 + 4 * 10_000
    assert encoded == sound.shape[1]
