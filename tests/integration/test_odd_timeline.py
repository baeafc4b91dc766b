"""The MP3 of a file with odd times holds what ffmpeg decodes of its packets, where its timeline has it."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.media import ffmpeg
from tests.media.conversion import convert, inspect
from tests.media.listening import roughness
from tests.media.reshaping import Video
from tests.media.samples import made
from tests.selection import thorough
from tests.sweep.cases import Case, Part
from tests.sweep.judging import judge
from tests.sweep.sounds import source

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

CODINGS = ("aac-44", "aac-8", "mp3-44", "ac3", "opus", "vorbis", "flac", "alac", "amr")


def a_case(coding: str, fragments: str = "") -> Case:
    return Case(source(coding, pictures=True, fragments=fragments))


def paused(packet: int, seconds: float, coding: str = "aac-44") -> Case:
    """Pause before a packet; a negative number counts from the end."""
    case = a_case(coding)
    case.pause(packet % len(case.sound.durations), seconds)
    return case


def paused_often() -> Case:
    case = a_case("aac-44")
    for packet, seconds in ((20, 0.3), (60, 1.5), (61, 0.1), (150, 4.0)):
        case.pause(packet, seconds)
    return case


def paused_between_fragments(*pauses: tuple[int, float], coding: str = "aac-44") -> Case:
    case = a_case(coding, "empty_moov+delay_moov+default_base_moof")
    for number, seconds in pauses:
        case.pause_between_fragments(number, seconds)
    return case


GAPS: dict[str, Callable[[], Case]] = {
    **{f"stts-{coding}": partial(paused, 25, 2.0, coding) for coding in CODINGS},
    "stts-right-at-the-start": lambda: paused(1, 1.25),
    "stts-right-at-the-end": lambda: paused(-1, 1.25),
    "stts-of-50-ms": lambda: paused(100, 0.05),
    "stts-of-two-minutes": lambda: paused(100, 120.0, "amr"),
    "stts-several": paused_often,
    **{
        f"tfdt-{coding}": partial(paused_between_fragments, (3, 2.0), coding=coding)
        for coding in ("aac-44", "mp3-44", "ac3", "opus", "flac")
    },
    "tfdt-right-at-the-start": lambda: paused_between_fragments((1, 0.7)),
    "tfdt-right-at-the-end": lambda: paused_between_fragments((-1, 0.7)),
    "tfdt-several": lambda: paused_between_fragments((2, 0.5), (3, 0.25), (7, 3.0)),
}


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", GAPS)
def test_a_gap_is_as_much_silence(name: str, tmp_path: Path) -> None:
    """Sound behind it is in sync with the pictures, to the sample."""
    assert judge(GAPS[name](), tmp_path).complaint == ""


PRIMING = 1024 / 44100
EDITS: dict[str, list[Part]] = {
    "a-pause-inside": [(PRIMING, 1.5), (None, 2.0), (1.5, 1.5)],
    "a-pause-in-front": [(None, 1.0), (PRIMING, 3.0)],
    "several-pauses-in-front": [(None, 0.5), (None, 0.25), (2.0, 1.0)],
    "a-pause-at-the-end": [(0.5, 2.0), (None, 3.0)],
    "pauses-everywhere": [(None, 0.2), (0.5, 0.5), (None, 0.1), (None, 0.3), (1.0, 0.7), (None, 0.4)],
    "one-part": [(2.0, 3.0 - PRIMING)],
    "the-same-part-thrice": [(1.0, 0.4), (1.0, 0.4), (1.0, 0.4)],
    "backwards": [(4.0, 0.5), (3.0, 0.5), (2.0, 0.5), (1.0, 0.5), (0.5, 0.5)],
    "parts-that-reach-behind-the-end": [(4.5, 2.0), (1.0, 1.0)],
    "a-last-part-that-reaches-behind-the-end": [(1.0, 0.5), (4.5, 60.0)],
    "frame-by-frame": [(0.5 + number / 25, 1 / 25) for number in range(50)],
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_list_is_played_as_it_says(name: str, version: int, tmp_path: Path) -> None:
    """In both versions of its box, and with all boxes' sizes of 64 bits in the latter."""
    case = a_case("aac-44")
    case.play(EDITS[name], version=version)
    if version == 1:
        case.video.movie.enlarge()

    assert judge(case, tmp_path).complaint == ""


@pytest.mark.parametrize("start", [2.5, *thorough([1.0, 3.9])])
def test_an_edit_may_begin_in_a_gap(start: float, tmp_path: Path) -> None:
    """What is decoded first then lies behind it, and in front of edits that go back."""
    case = paused(43, 3.0)
    case.play([(start, 0.5), (0.3, 0.4), (start + 0.25, 1.0)])

    assert judge(case, tmp_path).complaint == ""


HEADERS = (0.0, 0.5, 60.0, 40_000.0, -1.0)
"""Seconds that headers declare."""
WITH_HEADERS = [
    *(("aac-44", header) for header in HEADERS),
    *zip(("mp3-44", "ac3", "flac"), HEADERS[1:], strict=False),
]
"""AAC with any of them, and others with one."""


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("coding", "header"), WITH_HEADERS)
@pytest.mark.parametrize(
    ("value", "packets"),
    [
        (-1, (9, 10, 30)),
        (0, ()),
        *thorough([(-(2**31), (9,)), (0, (9,)), (-1024, (9,)), (0, tuple(range(5, 25)))]),
    ],
)
def test_impossible_durations_change_nothing(
    value: int, packets: tuple[int, ...], coding: str, header: float, tmp_path: Path
) -> None:
    """Negative ones and those of 0, with headers that declare anything."""
    case = a_case(coding)
    durations = case.sound.durations
    chosen = packets or range(len(durations))
    case.sound.durations = [value if number in chosen else each for number, each in enumerate(durations)]
    case.has_clock = case.has_last = False
    case.play([])
    case.video.declare(header)
    case.sound.declare(header)

    assert judge(case, tmp_path).complaint == ""


@pytest.mark.one_in(3)
@pytest.mark.parametrize("seconds", [0.0, 1.0, 10.0, 12_345.0])
@pytest.mark.parametrize("coding", CODINGS)
def test_the_last_packets_duration_says_nothing_beyond_its_sound(
    coding: str, seconds: float, tmp_path: Path
) -> None:
    """A recorder writes 0, or the time up to the end of the pictures."""
    case = a_case(coding)
    case.sound.durations = [*case.sound.durations[:-1], round(seconds * case.sound.timescale)]
    case.has_last = False

    assert judge(case, tmp_path).complaint == ""


@pytest.mark.one_in(3)
@pytest.mark.parametrize("factor", [0.5, 2, 1.9, 3])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_wrong_time_scale_changes_nothing(coding: str, factor: float, tmp_path: Path) -> None:
    """As where a writer takes the rate before band replication."""
    case = a_case(coding)
    case.play([])
    case.sound.timescale = round(case.sound.timescale * factor)

    assert judge(case, tmp_path).complaint == ""


@pytest.mark.one_in(3)
@pytest.mark.parametrize("plays", ["all", "as-ffmpeg-wrote-it"])
@pytest.mark.parametrize("factor", [0.5, 2])
@pytest.mark.parametrize(
    ("coding", "seconds"), [("aac-8", 0.3), ("aac-8", 0.6), ("aac-16", 0.3), ("ac3", 0.3), ("alac", 0.3)]
)
def test_a_wrong_time_scale_changes_nothing_of_a_few_packets(
    coding: str, seconds: float, factor: float, plays: str, tmp_path: Path
) -> None:
    """Four that agree are enough; the last one is as long as its duration says."""
    case = Case(source(coding, pictures=True, seconds=seconds))
    parts = [] if plays == "all" else case.parts
    case.sound.timescale = round(case.sound.timescale * factor)
    case.play(parts)

    assert judge(case, tmp_path).complaint == ""


@pytest.mark.one_in(2)
@pytest.mark.parametrize("options", [{}, {"start": 5.0, "end": 7.5}])
@pytest.mark.parametrize("header", [0.0, 3.0, 60.0, 3700.0])
def test_without_any_duration_the_sound_is_as_long_as_its_packets(
    header: float, options: dict[str, float], tmp_path: Path
) -> None:
    """No header changes that, nor makes a short video too long."""
    video = Video.read(made("no-durations", NO_DURATIONS).read_bytes())
    video.sound().change_durations(lambda _number, _delta: 0)
    video.play()
    video.declare(header)
    video.sound().declare(header)
    content = video.written()

    assert inspect(content).audio_tracks[0].duration is None
    heard = convert(content, tmp_path, **options).heard
    seconds = 2.5 if options else len(video.sound().sizes) * 120 / 48000
    assert heard.seconds == pytest.approx(seconds, abs=0.01)


NO_DURATIONS = (
    "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=10 -c:a libopus -frame_duration 2.5 -ac 1"
)
"""Thousands of packets, of which each could last half a second."""
TONE = (
    "-f lavfi -i color=size=16x16:rate=1:duration={seconds}"
    " -f lavfi -i sine=frequency=440:sample_rate={rate}:duration={seconds}"
    " -c:v libx264 -preset ultrafast -c:a {codec} -ac 1"
)


@cache
def plain_roughness(content: bytes) -> float:
    """Give how rough the middle of an MP3 of a video is."""
    with TemporaryDirectory(prefix="tracklift-plain-") as folder:
        heard = convert(content, Path(folder)).heard
    return roughness(heard.samples[heard.rate // 2 : -heard.rate // 2])


@pytest.mark.one_in(4)
@pytest.mark.parametrize(("part", "seconds"), [(0.0005, 45), (-0.0005, 45), (0.002, 16), (-0.002, 16)])
@pytest.mark.parametrize(("codec", "rate"), [("aac", 44100), ("flac", 48000), ("libmp3lame", 32000)])
def test_a_drift_is_evened_out_without_a_click(
    codec: str, rate: int, part: float, seconds: int, tmp_path: Path
) -> None:
    """A recorder's clock runs fast or slow: the sound ends with the pictures, and none of its steps is heard."""
    content = made(f"tone-{codec}", TONE.format(rate=rate, codec=codec, seconds=seconds)).read_bytes()
    video = Video.read(content)
    scale = 100
    video.sound().timescale *= scale
    video.sound().change_durations(lambda _, delta: round(delta * scale * (1 + part)))
    video.play()

    drifting = convert(video.written(), tmp_path)

    declared = sum(video.sound().durations) / video.sound().timescale
    assert drifting.heard.seconds == pytest.approx(declared, abs=0.04)
    assert drifting.heard.pitch() == pytest.approx(440, abs=5)
    inside = slice(rate // 2, -rate // 2)
    assert roughness(drifting.heard.samples[inside]) < 1.2 * plain_roughness(content)
    assert ffmpeg.decode(drifting.audio.path).warnings == ""
