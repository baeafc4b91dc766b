"""The plan of the MP3 that is made from a video."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import Chapter, clip_chapters
from tracklift_domain.extraction.encoding import Encoding, choose_encoding
from tracklift_domain.extraction.failures import too_long
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.tags import CoverPicture, merge_tags
from tracklift_domain.extraction.track_choice import candidates
from tracklift_domain.extraction.video_traits import VideoTraits

MP3_CODEC = ".mp3"
"""What `AudioTrack.codec` is for MPEG layer III."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionPlan:
    """All that an extractor needs to know about the MP3 to make."""

    track: int
    """The audio track to try first, counted from 0."""
    track_traits: AudioTrack
    encoding: Encoding
    """As far as it is known before the sound is decoded; see `with_form`."""
    options: AudioOptions
    """The options that the user chose."""
    start: float
    """Position in the audio, in seconds."""
    end: float | None
    """Position in the audio, in seconds; `None`: its end."""
    longest: float
    """Seconds: audio that turns out to be longer than this is refused."""
    normalize: bool
    tags: tuple[tuple[str, str], ...]
    """Names from `TAG_NAMES`, in their order, and texts without control characters (a comment may have line feeds)."""
    cover: CoverPicture | None = None
    """The picture for the MP3, by its place in the video."""
    chapters: tuple[Chapter, ...] = ()
    """The chapters of the MP3, ascending; the last ones may begin after its end."""
    alternatives: tuple[tuple[int, AudioTrack], ...] = ()
    """Tracks to try, in this order, if there is no decoder for `track`."""
    readable: int | None = None
    """How many bytes of the file, from its beginning, are intact; `None`: all of them."""
    hidden: tuple[int, ...] = ()
    """See `VideoTraits.hidden`."""

    @property
    def candidates(self) -> Iterator["ExtractionPlan"]:
        """The plans for all tracks that may be used, the best first; the first track with a decoder is used."""
        yield self
        for number, traits in self.alternatives:
            encoding = choose_encoding(self.options, traits.sample_rate, traits.channels)
            yield replace(self, track=number, track_traits=traits, encoding=encoding, alternatives=())

    @property
    def unchanged(self) -> bool:
        """Whether the track is already MP3 and no option changes its sound, so that it can be copied unchanged."""
        return self.track_traits.codec == MP3_CODEC and self.options.leave_sound_as_it_is

    @property
    def leading_silence(self) -> float:
        """Seconds of silence before the sound, if the user chose to keep its delay."""
        return max(0.0, self.track_traits.delay) if self.options.keep_delay else 0.0

    @property
    def expected_duration(self) -> float | None:
        """Seconds of audio between `start` and `end`, according to the file; `None` if they are not known."""
        declared = self.track_traits.duration
        whole = None if declared is None else self.leading_silence + declared
        last = min((t for t in (self.end, whole) if t is not None), default=None)
        return None if last is None else last - self.start

    def with_form(self, sample_rate: int, channels: int) -> "ExtractionPlan":
        """Return the plan for sound that turned out to have this sample rate (Hz) and number of channels."""
        return replace(self, encoding=choose_encoding(self.options, sample_rate, channels))

    def source_duration(self, decoded: float) -> float | None:
        """Return the seconds of the source's whole audio: as decoded if that was to its end, otherwise as declared."""
        return self.start + decoded if self.end is None else self.track_traits.duration


def plan_extraction(traits: VideoTraits, options: AudioOptions, *, longest: float) -> ExtractionPlan:
    """Decide which MP3 is made from a video.

    Tags and cover come from the video; a title, artist or album in the options replaces the video's own. `longest` is
    the limit of the audio's duration in seconds.

    Raises:
        ExtractionError: `no_audio_track`, `too_long`, or the code of the track's problem.
    """
    number, *others = candidates(traits.audio_tracks, options.track)
    track = traits.audio_tracks[number]
    if track.duration is not None and track.duration > longest:
        raise too_long(longest)
    chosen = {"title": options.title, "artist": options.artist, "album": options.album}
    left_out = 0.0 if options.keep_delay else max(0.0, track.delay)
    return ExtractionPlan(
        track=number,
        track_traits=track,
        encoding=choose_encoding(options, track.sample_rate, track.channels),
        options=options,
        start=options.start,
        end=options.end,
        longest=longest,
        normalize=options.normalize,
        tags=merge_tags(traits.tags, chosen),
        cover=traits.cover,
        chapters=clip_chapters(
            traits.chapters,
            start=left_out + options.start,
            end=None if options.end is None else left_out + options.end,
        ),
        alternatives=tuple(
            (other, replace(traits.audio_tracks[other], byte_ranges=None)) for other in others
        ),
        readable=traits.readable,
        hidden=traits.hidden,
    )
