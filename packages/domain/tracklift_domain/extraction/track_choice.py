"""Which of a video's audio tracks an MP3 is made from."""

from collections.abc import Sequence

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.language import matching_languages


def candidates(tracks: Sequence[AudioTrack], choice: int | str | None) -> list[int]:
    """Return the numbers of the tracks that fit, counted from 0, the best first; at least one.

    Args:
        tracks: All audio tracks of the video.
        choice: A number, counted from 1, or a language; `None`: the user made no choice.

    Raises:
        ExtractionError: `no_audio_track`, or the code of the problem of the tracks that would fit.
    """
    if not tracks:
        raise ExtractionError(
            FailureCode.NO_AUDIO_TRACK, "The video has no audio track: choose one with sound."
        )
    if isinstance(choice, int):
        if choice > len(tracks):
            raise ExtractionError(
                FailureCode.NO_AUDIO_TRACK,
                f"There is no audio track {choice}: the video has {len(tracks)}.",
            )
        fitting = [choice - 1]
    else:
        sounding = _sounding(tracks)
        fitting = _of_language(tracks, sounding, choice)
        fitting.sort(key=lambda number: _reluctance(tracks, sounding, number))
    problem = tracks[fitting[0]].problem
    if problem is not None:
        # A damaged track is not replaced with another one, which may be in a different language.
        raise ExtractionError(problem.code, problem.detail)
    if not tracks[fitting[0]].has_samples:
        raise ExtractionError(
            FailureCode.NO_AUDIO_TRACK, "The audio track of the video is empty: choose a video with sound."
        )
    return [number for number in fitting if tracks[number].problem is None]


def _sounding(tracks: Sequence[AudioTrack]) -> list[int]:
    """Return the tracks that the file declares as sound, or all of them if it declares none as such."""
    return [number for number, track in enumerate(tracks) if track.is_declared_sound] or list(
        range(len(tracks))
    )


def _of_language(tracks: Sequence[AudioTrack], sounding: Sequence[int], language: str | None) -> list[int]:
    if language is None:
        return list(sounding)
    fitting = matching_languages([tracks[number].language for number in sounding], language)
    if not fitting:
        named = {tracks[number].language for number in sounding}
        there = ", ".join(sorted(each for each in named if each)) or "no language"
        raise ExtractionError(
            FailureCode.NO_AUDIO_TRACK,
            f"No audio track is in the language '{language}': the video names {there}.",
        )
    return [sounding[position] for position in fitting]


def _reluctance(
    tracks: Sequence[AudioTrack], sounding: Sequence[int], number: int
) -> tuple[bool, bool, bool]:
    """Return a sort key that puts tracks with sound first, and among these the ones that a player plays."""
    track = tracks[number]
    others = [tracks[other] for other in sounding]
    disabled = not track.is_enabled and any(
        other.is_enabled and other.has_samples and not _is_undecodable(other) for other in others
    )
    return _is_undecodable(track), not track.has_samples, disabled


def _is_undecodable(track: AudioTrack) -> bool:
    return track.problem is not None and track.problem.code is FailureCode.UNSUPPORTED_CODEC
