"""What is inside an uploaded video, and what of it an MP3 is made from."""

from dataclasses import dataclass

from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.failure import FailureCode
from tracklift_domain.conversion.options import DEFAULT_BITRATE, SAMPLE_RATES, AudioOptions, highest_bitrate
from tracklift_domain.conversion.tags import CoverPicture, merge_tags

MP3_CODEC = ".mp3"
"""What `AudioTrack.codec` is for MPEG layer III."""
SHORTEST_AUDIO = 0.01
"""Seconds: less than half of one layer-III frame at 48 kHz is nothing that could be heard."""
MISSING_AUDIO_TOLERANCE = 0.25
"""Seconds by which decoded audio may be shorter than declared: priming and the padding of the last frame of the
common codecs are below 0.1 s, and tools that cut video round the declared duration up to a video frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """One audio track of a video."""

    codec: str
    """The sample entry's four-character code in ISO/IEC 14496-12; `.mp3` for MPEG layer III, however it is stored."""
    sample_rate: int
    """Hz."""
    channels: int
    duration: float | None
    """Seconds that a player plays, as declared; `None` where the file does not say (fragments)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTraits:
    """What an inspection of a video found."""

    audio_tracks: tuple[AudioTrack, ...]
    """In the order of the file."""
    tags: tuple[tuple[str, str], ...] = ()
    """Names, as ffmpeg's, and texts as they are in the file: of any length and with any characters."""
    cover: CoverPicture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How the MP3 is encoded: a constant `bitrate` in kbit/s or else LAME's variable `quality`."""

    sample_rate: int
    channels: int
    bitrate: int | None
    quality: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionPlan:
    """All that an extractor needs to know about the MP3 to make."""

    track: int
    """Which audio track, counted from 0."""
    track_traits: AudioTrack
    encoding: Encoding
    start: float
    """Seconds of the audio."""
    end: float | None
    """Seconds of the audio; `None`: at its end."""
    longest: float
    """Seconds: audio that turns out to be longer than this is refused."""
    normalize: bool
    unchanged: bool
    """Whether the track is MP3 already and nothing is asked of it, so that it can be taken over as it is."""
    tags: tuple[tuple[str, str], ...]
    """Names, of `TAG_NAMES` and in their order, and texts without control characters."""
    cover: CoverPicture | None = None
    """Where in the video the picture lies that goes into the MP3."""

    @property
    def expected_duration(self) -> float | None:
        """Seconds of audio between `start` and `end` as the file declares them."""
        last = min((t for t in (self.end, self.track_traits.duration) if t is not None), default=None)
        return None if last is None else last - self.start

    def source_duration(self, decoded: float) -> float | None:
        """Give the seconds of the source's whole audio: as declared, or else as decoded from `start` to its end."""
        if self.track_traits.duration is not None:
            return self.track_traits.duration
        return self.start + decoded if self.end is None else None


def plan_extraction(traits: VideoTraits, options: AudioOptions, *, longest: float) -> ExtractionPlan:
    """Decide which MP3 is made from a video.

    Tags and cover are the video's; a title, an artist or an album that the options name takes the place of its own.
    `longest` is the limit of the audio's duration in seconds.

    Raises:
        ExtractionError: `no_audio_track`, `too_long` or `outside_audio`.
    """
    track = _chosen_track(traits, options)
    if track.duration is not None and track.duration > longest:
        raise too_long(longest)
    if track.duration is not None and track.duration - options.start < SHORTEST_AUDIO:
        raise outside_audio(options.start, track.duration)
    chosen = {"title": options.title, "artist": options.artist, "album": options.album}
    return ExtractionPlan(
        track=options.track - 1,
        track_traits=track,
        encoding=_encoding(track, options),
        start=options.start,
        end=options.end,
        longest=longest,
        normalize=options.normalize,
        unchanged=track.codec == MP3_CODEC and options.leave_sound_as_it_is,
        tags=merge_tags(traits.tags, chosen),
        cover=traits.cover,
    )


def too_long(longest: float) -> ExtractionError:
    """Make the error for audio above the limit of `longest` seconds."""
    return ExtractionError(
        FailureCode.TOO_LONG,
        f"The audio is longer than the limit of {longest / 60:g} minutes: cut the video.",
    )


def outside_audio(start: float, duration: float) -> ExtractionError:
    """Make the error for a start (seconds) that lies behind the audio's end."""
    return ExtractionError(
        FailureCode.OUTSIDE_AUDIO,
        f"The audio is {duration:.2f} seconds long, so nothing is left from {start:g} seconds: start earlier.",
    )


def check_whole(plan: ExtractionPlan, decoded: float) -> None:
    """Refuse audio that is shorter than declared: never pass off a part as the whole.

    `decoded` is how many seconds of the source's audio were decoded between start and end.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    expected = plan.expected_duration
    if expected is not None and decoded < expected - MISSING_AUDIO_TOLERANCE:
        raise ExtractionError(
            FailureCode.CORRUPT_MEDIA,
            f"The video declares {expected:.2f} seconds of audio, but only {decoded:.2f} could be decoded: "
            "the file is damaged or incomplete. Upload it again from its source.",
        )


def _chosen_track(traits: VideoTraits, options: AudioOptions) -> AudioTrack:
    count = len(traits.audio_tracks)
    if count == 0:
        raise ExtractionError(
            FailureCode.NO_AUDIO_TRACK, "The video has no audio track: choose one with sound."
        )
    if options.track > count:
        raise ExtractionError(
            FailureCode.NO_AUDIO_TRACK,
            f"There is no audio track {options.track}: the video has {count}.",
        )
    return traits.audio_tracks[options.track - 1]


def _encoding(track: AudioTrack, options: AudioOptions) -> Encoding:
    # A rate that MP3 lacks becomes the next higher one that it has, so that nothing audible is cut off.
    nearest = next((rate for rate in SAMPLE_RATES if rate >= track.sample_rate), SAMPLE_RATES[-1])
    sample_rate = options.sample_rate or nearest
    bitrate = None
    if options.quality is None:
        bitrate = min(options.bitrate or DEFAULT_BITRATE, highest_bitrate(sample_rate))
    return Encoding(
        sample_rate=sample_rate,
        channels=options.channels or min(max(track.channels, 1), 2),
        bitrate=bitrate,
        quality=options.quality,
    )
