"""Of several tracks the one is converted that a player plays, and others are in nobody's way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.boxes import full_box, sample_entry
from tests.media.conversion import Converted, convert
from tests.media.reshaping import Video
from tests.media.samples import made
from tests.media.tones import CODECS, tone
from tracklift_domain.extraction.errors import ExtractionError

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

PITCHES = 440, 1000, 2500
SECONDS = 1.5


def three_tracks(codec: str = "aac") -> Video:
    sources = " ".join(
        f"-f lavfi -i sine=frequency={pitch}:sample_rate=48000:duration={SECONDS}" for pitch in PITCHES
    )
    pictures = f"-f lavfi -i color=size=16x16:rate=10:duration={SECONDS}"
    maps = "-map 0 -map 1 -map 2 -map 3 -c:v libx264 -preset ultrafast -strict -2"
    return Video.read(
        made(f"three-{codec}", f"{pictures} {sources} {maps} {CODECS[codec]} -ac 1").read_bytes()
    )


def heard_track(converted: Converted) -> int:
    """Give which of the tracks is heard, by its pitch."""
    pitch = converted.heard.pitch()
    return min(range(3), key=lambda number: abs(PITCHES[number] - pitch))


def disable(video: Video, *numbers: int) -> None:
    for number in range(3):
        video.sound(number).enable(enabled=number not in numbers)


def empty(video: Video, *numbers: int) -> None:
    disable(video)
    for number in numbers:
        video.sound(number).empty()


def code(video: Video, number: int, value: bytes) -> None:
    disable(video)
    video.sound(number).describe(code=value)


def lacks_bytes(video: Video, number: int) -> None:
    disable(video)
    offsets = video.sound(number).chunks
    content = b"".join((offset + 10**8).to_bytes(4) for offset in offsets)
    video.sound(number).write_table(b"stco", len(offsets).to_bytes(4), content)


def lies_in_another_file(video: Video, number: int) -> None:
    disable(video)
    reference = full_box(b"url ", b"file:///sound.aac\0")
    video.sound(number).box.find(b"mdia", b"minf", b"dinf", b"dref").payload = full_box(
        b"dref", b"\0\0\0\1", reference
    )[8:]


def code_without_a_configuration(video: Video, number: int) -> None:
    disable(video)
    video.sound(number).entry = sample_entry(b"xxxx")


def empty_and_disabled(video: Video) -> None:
    empty(video, 0)
    video.sound(1).enable(enabled=False)


CHOSEN: dict[str, tuple[Callable[[Video], None], int]] = {
    "all-enabled": (disable, 0),
    "first-disabled": (lambda video: disable(video, 0), 1),
    "first-two-disabled": (lambda video: disable(video, 0, 1), 2),
    "all-disabled": (lambda video: disable(video, 0, 1, 2), 0),
    "middle-disabled": (lambda video: disable(video, 1), 0),
    "first-empty": (lambda video: empty(video, 0), 1),
    "first-two-empty": (lambda video: empty(video, 0, 1), 2),
    "empty-and-disabled": (empty_and_disabled, 2),
    "first-apac": (lambda video: code(video, 0, b"apac"), 1),
    "first-ac-4": (lambda video: code(video, 0, b"ac-4"), 1),
    "first-mpeg-h": (lambda video: code(video, 0, b"mhm1"), 1),
    "first-protected": (lambda video: code(video, 0, b"enca"), 1),
    "first-of-an-unknown-code": (lambda video: code_without_a_configuration(video, 0), 1),
    "second-lacks-bytes": (lambda video: lacks_bytes(video, 1), 0),
}
"""What is done to three tracks, and which is heard."""


@pytest.mark.one_in(3)
@pytest.mark.parametrize("codec", ["aac", "flac", "mp3"])
@pytest.mark.parametrize("name", CHOSEN)
def test_the_track_that_a_player_plays_is_heard(name: str, codec: str, tmp_path: Path) -> None:
    """And it is told which it was."""
    change, number = CHOSEN[name]
    video = three_tracks(codec)
    change(video)

    converted = convert(video.written(), tmp_path)

    assert (heard_track(converted), converted.audio.track) == (number, number)
    assert converted.heard.seconds == pytest.approx(SECONDS, abs=0.05)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("name", ["first-disabled", "all-disabled", "all-enabled"])
def test_a_track_that_is_asked_for_is_taken_though_it_is_disabled(
    name: str, number: int, tmp_path: Path
) -> None:
    """A number is meant as it is."""
    video = three_tracks()
    CHOSEN[name][0](video)

    assert heard_track(convert(video.written(), tmp_path, track=number)) == number - 1


@pytest.mark.parametrize("change", [lacks_bytes, lies_in_another_file])
def test_no_other_track_takes_the_place_of_a_damaged_one(
    change: Callable[[Video, int], None], tmp_path: Path
) -> None:
    """It may be in another language."""
    video = three_tracks()
    change(video, 0)

    with pytest.raises(ExtractionError, match="corrupt_media"):
        convert(video.written(), tmp_path)


@pytest.mark.parametrize("name", ["first-apac"])
def test_a_track_that_is_asked_for_is_refused_where_it_is_broken(name: str, tmp_path: Path) -> None:
    """No other one takes its place."""
    video = three_tracks()
    CHOSEN[name][0](video)

    with pytest.raises(ExtractionError):
        convert(video.written(), tmp_path, track=1)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    ("wanted", "number"), [("ger", 1), ("de", 1), ("deu", 1), ("fra", 2), ("en", 0), ("ENG", 0)]
)
def test_a_track_is_chosen_by_its_language(wanted: str, number: int, *, wide: bool, tmp_path: Path) -> None:
    """By any code of it, also where boxes have sizes of 64 bits."""
    video = three_tracks()
    disable(video)
    for position, language in enumerate(("eng", "ger", "fre")):
        video.sound(position).speak(language)
    if wide:
        video.movie.enlarge()

    assert heard_track(convert(video.written(), tmp_path, track=wanted)) == number


def test_of_a_language_the_enabled_track_is_taken(tmp_path: Path) -> None:
    """A language that no track has is refused."""
    video = three_tracks()
    disable(video, 0)
    for position in range(3):
        video.sound(position).speak("spa")

    assert heard_track(convert(video.written(), tmp_path, track="es")) == 1
    with pytest.raises(ExtractionError, match="no_audio_track"):
        convert(video.written(), tmp_path, track="ita")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("kind", [b"gpmd", b"mebx", b"tmcd", b"camm", b"fdsc", b"rtmd", b"text", b"tx3g"])
@pytest.mark.parametrize("handler", [b"meta", b"data", b"tmcd", b"text"])
def test_a_track_of_data_in_front_is_no_sound(handler: bytes, kind: bytes, tmp_path: Path) -> None:
    """Cameras write what they measure into tracks that are built like those of sound."""
    video = Video.read(tone("aac", seconds=SECONDS))
    track = video.sound().copied(50)
    track.handler = handler
    track.describe(code=kind)
    video.put_in_front(track)

    converted = convert(video.written(), tmp_path)

    assert converted.audio.track == 0
    assert converted.heard.pitch() == pytest.approx(440, abs=2)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("number", [50, 2], ids=["own-id", "same-id"])
@pytest.mark.parametrize("code", [b"raw ", b"mp4a", b"lpcm", b"ms\0\1", b"flac"])
@pytest.mark.parametrize("handler", [b"meta", bytes(4)])
def test_a_track_of_data_that_looks_like_sound_is_none(
    handler: bytes, code: bytes, number: int, tmp_path: Path
) -> None:
    """Its handler says what it is; what it holds would be noise."""
    video = Video.read(tone("aac", seconds=SECONDS))
    pictures = next(track for track in video.tracks if track.handler == b"vide")
    track = video.sound().copied(number)
    track.handler = handler
    track.describe(code=code)
    for kind in (b"stts", b"stsc", b"stsz", b"stco"):
        track.table.find(kind).payload = pictures.table.find(kind).payload
    video.put_in_front(track)

    converted = convert(video.written(), tmp_path)

    assert converted.audio.track == 1
    assert converted.heard.seconds == pytest.approx(SECONDS, abs=0.001)
    assert converted.heard.pitch() == pytest.approx(440, abs=2)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("has_samples", [True, False])
@pytest.mark.parametrize("handler", [b"soun", b"vide", b"text", b"meta"])
@pytest.mark.parametrize("entries", [(0, b""), (1, b"\0\0\0\4")], ids=["none", "invalid"])
def test_a_track_that_does_not_say_how_it_is_coded_is_in_no_other_ones_way(
    entries: tuple[int, bytes], handler: bytes, *, has_samples: bool, is_first: bool, tmp_path: Path
) -> None:
    """For it libavformat would refuse the file. If it is the first one of sound, and has some, it is not replaced."""
    video = Video.read(tone("aac", seconds=SECONDS))
    track = video.sound().copied(50)
    track.handler = handler
    if not has_samples:
        track.empty()
    count, entry = entries
    track.write_table(b"stsd", count.to_bytes(4), entry)
    if is_first:
        video.put_in_front(track)
    else:
        video.movie.children.append(track.box)

    if (handler, has_samples, is_first) == (b"soun", True, True):
        with pytest.raises(ExtractionError, match="does not say how"):
            convert(video.written(), tmp_path)
    else:
        assert convert(video.written(), tmp_path).heard.pitch() == pytest.approx(440, abs=2)


def test_boxes_of_64_bits_are_hidden_likewise(tmp_path: Path) -> None:
    """Their types lie further in front."""
    video = Video.read(tone("aac", seconds=SECONDS))
    track = video.sound().copied(50)
    track.handler = b"text"
    track.write_table(b"stsd", bytes(4))
    video.put_in_front(track)
    video.movie.enlarge()

    assert convert(video.written(), tmp_path).heard.pitch() == pytest.approx(440, abs=2)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("reference", [full_box(b"url "), full_box(b"url ", b"\0"), full_box(b"alis")])
@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_a_data_reference_without_its_flag_means_the_file_itself(
    codec: str, reference: bytes, tmp_path: Path
) -> None:
    """It names no other file, and the samples are there."""
    video = Video.read(tone(codec, seconds=SECONDS))
    video.sound().box.find(b"mdia", b"minf", b"dinf", b"dref").payload = full_box(
        b"dref", b"\0\0\0\1", reference
    )[8:]

    assert convert(video.written(), tmp_path).heard.pitch() == pytest.approx(440, abs=2)
