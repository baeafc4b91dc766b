"""The tracks that a record lists."""

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.options import LAST_TRACK
from tracklift_domain.extraction.source_track import SourceTrack, list_tracks

TRACK = AudioTrack(codec="ac-3", sample_rate=48_000, channels=6, duration=1.0, language="en-gb")


def test_tracks_are_numbered_from_one_as_users_choose_them() -> None:
    first, second = list_tracks(
        [TRACK, AudioTrack(codec="mp4a", sample_rate=8000, channels=1, duration=None)]
    )
    assert first == SourceTrack(number=1, language="en-gb", codec="ac-3", channels=6)
    assert second == SourceTrack(number=2, language=None, codec="mp4a", channels=1)


def test_of_very_many_tracks_those_that_can_be_chosen_are_listed() -> None:
    listed = list_tracks([TRACK] * (LAST_TRACK + 1))
    assert [track.number for track in listed] == list(range(1, LAST_TRACK + 1))
