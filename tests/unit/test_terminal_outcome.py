"""What a terminal is told about a finished MP3."""

from collections.abc import AsyncIterator
from pathlib import Path

from tracklift_domain.extraction.audio import ExtractedAudio
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.extract_audio import Extraction
from tracklift_standalone.outcome import outcome_lines

TARGET = Path("talk.mp3")
WHOLE = "talk.mp3  1:15.50  192 kbit/s  1,812,000 bytes"


def a_track(language: str | None = None) -> AudioTrack:
    return AudioTrack(codec="mp4a", sample_rate=44_100, channels=2, duration=75.5, language=language)


async def no_chunks() -> AsyncIterator[bytes]:
    yield b""


def lines(*tracks: AudioTrack, track: int = 0, damage: Damage | None = None) -> list[str]:
    audio = ExtractedAudio(
        size=1_812_000,
        duration=75.5,
        decoded=75.5,
        bitrate=192,
        track=track,
        damage=damage,
        chunks=no_chunks,
    )
    extraction = Extraction(audio=audio, source_duration=75.5, tracks=tracks or (a_track(),), chapters=())
    return list(outcome_lines(TARGET, extraction))


def test_a_whole_mp3_of_the_only_track_is_one_line() -> None:
    assert lines() == [WHOLE]


def test_of_several_tracks_the_one_that_was_taken_is_named() -> None:
    assert lines(a_track("deu"), a_track("eng"), track=1) == [
        WHOLE,
        "  made from audio track 2 (eng) of 2",
    ]
    assert lines(a_track(), a_track("eng"))[1] == "  made from audio track 1 of 2"


def test_control_characters_in_a_language_are_not_printed() -> None:
    assert lines(a_track("e\x1b[31m"), a_track())[1] == "  made from audio track 1 (e[31m) of 2"


def test_lost_sound_is_told_with_where_it_is_missing_first() -> None:
    assert lines(damage=Damage(seconds=0.35, at=(12.4, 70.0))) == [
        WHOLE,
        "  0.35 seconds of the sound could not be decoded and are silent, first at 0:12.40",
    ]


def test_a_recording_that_broke_off_is_told_with_how_much_is_missing_about() -> None:
    assert lines(damage=Damage(seconds=1.23, at=(75.5,), cut_off=1.23)) == [
        WHOLE,
        "  the recording breaks off: about 1.2 seconds of sound are missing at its end",
    ]
    assert "about 0.1 seconds" in lines(damage=Damage(seconds=0.02, at=(75.5,), cut_off=0.02))[1]


def test_a_recording_that_broke_off_is_told_also_where_it_is_not_known_how_much_is_missing() -> None:
    assert lines(damage=Damage(seconds=0.0, at=(75.5,), cut_off=0.0)) == [
        WHOLE,
        "  the recording breaks off, so its end is missing",
    ]


def test_silence_and_a_missing_end_are_told_in_two_lines() -> None:
    assert lines(damage=Damage(seconds=1.55, at=(12.4, 75.5), cut_off=1.2)) == [
        WHOLE,
        "  0.35 seconds of the sound could not be decoded and are silent, first at 0:12.40",
        "  the recording breaks off: about 1.2 seconds of sound are missing at its end",
    ]


def test_however_short_a_loss_is_it_is_not_told_as_nothing() -> None:
    assert "  0.01 seconds of the sound" in lines(damage=Damage(seconds=0.001, at=(70.0,)))[1]


def test_a_place_shortly_before_a_minute_is_the_minute() -> None:
    assert lines(damage=Damage(seconds=0.35, at=(59.999,)))[1].endswith("first at 1:00.00")
