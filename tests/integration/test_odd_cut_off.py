"""A recording in fragments that broke off is converted up to its last whole fragment."""

from itertools import accumulate
from pathlib import Path

import pytest

from tests.media import ffmpeg
from tests.media.conversion import convert
from tests.media.reshaping import Video
from tests.media.tones import tone
from tests.selection import in_turn
from tracklift_domain.extraction.errors import ExtractionError

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]

SECONDS = 7
FORMS = {
    "default-base": "-movflags empty_moov+default_base_moof -frag_duration 500000",
    "delayed-index": "-movflags delay_moov+default_base_moof -frag_duration 500000",
    "absolute-offsets": "-movflags delay_moov -frag_duration 500000",
    "one-per-track": "-movflags delay_moov+separate_moof -frag_duration 500000",
    "long": "-movflags empty_moov+default_base_moof -frag_duration 3000000",
    "with-an-index-of-segments": "-movflags dash+delay_moov+default_base_moof -frag_duration 500000",
}


def recording(form: str, codec: str = "aac") -> bytes:
    return tone(codec, seconds=SECONDS, more=FORMS[form])


def ends(content: bytes) -> list[int]:
    """Give where each fragment ends."""
    parts = Video.read(content).parts
    positions = accumulate(len(part.written()) for part in parts)
    return [end for part, end in zip(parts, positions, strict=True) if part.kind == b"mdat"]


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("codec", "form"),
    in_turn(
        [
            (codec, form)
            for codec in ("aac", "ac3", "flac", "mp3", "opus")
            for form in FORMS
            # ffmpeg writes no index of AC-3 before it saw a packet.
            if codec != "ac3" or "empty_moov" not in FORMS[form]
        ]
    ),
)
def test_a_recording_that_breaks_off_within_a_fragment_is_converted_up_to_it(
    form: str, codec: str, tmp_path: Path
) -> None:
    """In its media, in its index, in the header of a box; what ffmpeg decodes of whole fragments is heard."""
    content = recording(form, codec)
    borders = ends(content)
    half = len(borders) // 2
    whole = tmp_path / "whole.mp4"
    whole.write_bytes(content[: borders[half]])
    played = ffmpeg.decode(whole).seconds

    for cut in (borders[half] + 4, borders[half] + 7, borders[half] + 60, borders[half + 1] - 1):
        converted = convert(content[:cut], tmp_path)

        damage = converted.audio.damage
        assert damage is not None, cut
        assert damage.seconds == damage.cut_off, cut
        assert list(damage.at) == pytest.approx([converted.audio.duration], abs=0.001), cut
        assert converted.heard.seconds == pytest.approx(played, abs=0.07), cut


@pytest.mark.one_in(3)
@pytest.mark.parametrize("form", FORMS)
def test_what_is_told_of_a_cut_grows_with_what_is_there_of_it(form: str, tmp_path: Path) -> None:
    """Its index names the packets whose bytes are missing."""
    content = recording(form)
    borders = ends(content)

    damage = convert(content[: borders[-2] - 10], tmp_path).audio.damage

    assert damage is not None
    assert damage.cut_off is not None
    assert 0 <= damage.cut_off < 3.2


@pytest.mark.one_in(3)
@pytest.mark.parametrize("form", FORMS)
def test_a_recording_that_ends_at_a_border_lacks_nothing_that_is_known(form: str, tmp_path: Path) -> None:
    """Nothing tells that there was more."""
    content = recording(form)
    borders = ends(content)

    converted = convert(content[: borders[len(borders) // 2]], tmp_path)

    assert converted.audio.damage is None
    assert 2 < converted.heard.seconds < SECONDS - 0.5


@pytest.mark.parametrize("options", [{"start": 1.0}, {"end": 2.0}, {"start": 0.5, "end": 1.5}])
def test_a_part_in_front_of_the_cut_is_whole(options: dict[str, float], tmp_path: Path) -> None:
    """Unless it reaches to the end."""
    content = recording("default-base")
    borders = ends(content)

    damage = convert(content[: borders[10] + 100], tmp_path, **options).audio.damage

    assert (damage is None) is ("end" in options)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("form", FORMS)
def test_a_recording_without_a_whole_fragment_is_refused(form: str, tmp_path: Path) -> None:
    """Behind its index, and within the first fragment."""
    content = recording(form)
    kinds = [(part.kind, len(part.written())) for part in Video.read(content).parts]
    index = sum(size for _, size in kinds[: next(n for n, (kind, _) in enumerate(kinds) if kind == b"moof")])

    for cut in (index, index + 6, index + 50, ends(content)[0] - 10):
        with pytest.raises(ExtractionError, match=r"corrupt_media|not_a_video"):
            convert(content[:cut], tmp_path)


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "behind", [b"Made with a camera.", bytes(1000), b"\0\0\0\x08free", b"TAG" + bytes(125)]
)
@pytest.mark.parametrize("form", FORMS)
def test_a_trailer_behind_the_fragments_changes_nothing(form: str, behind: bytes, tmp_path: Path) -> None:
    """Recorders add texts and boxes of their own."""
    converted = convert(recording(form) + behind, tmp_path)

    assert converted.audio.damage is None
    assert converted.heard.seconds == pytest.approx(SECONDS, abs=0.05)
