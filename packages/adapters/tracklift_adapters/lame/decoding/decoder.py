"""Decoding with PyAV: one decoder reads the video in place and yields the samples in order.

There is one decoder and not several, because some codecs decode differently from another position: AAC fills bands with
noise from a generator whose state depends on earlier frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import cast

from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from tracklift_adapters.lame.decoding.container import open_container
from tracklift_adapters.lame.decoding.decode_packets import decode_packets, is_skipped
from tracklift_adapters.lame.decoding.editing import EditedSound, Media, silence
from tracklift_adapters.lame.decoding.packets import find_stream, read_packets
from tracklift_adapters.lame.decoding.placing import PlacedSound
from tracklift_adapters.lame.decoding.resampler import formed
from tracklift_adapters.lame.encoding.encoder import Samples
from tracklift_domain.extraction.failures import unsupported_codec
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.timeline import Edit, heard_places, without_delay
from tracklift_domain.media.ports import SeekableReader

_FIRST_BLOCK, _BLOCK = 6 * 1152, 96 * 1152
"""Samples per channel of a block: some seconds, so that threads seldom contend for the interpreter lock, but less at
the beginning, when encoders wait for them."""


class AudioDecoder:
    """Decodes one audio track of a video as it is played, in the format that the MP3 has.

    Raises:
        ExtractionError: `not_a_video`, `corrupt_media`, `no_audio_track` or `unsupported_codec`.
        NotCoveredError: no filter accepts the format of the sound.
    """

    def __init__(self, video: SeekableReader, plan: ExtractionPlan) -> None:
        """Open the video, and choose the first of the plan's tracks that has a decoder."""
        self._video = video
        self._sounds: list[PlacedSound] = []
        self._begun: PlacedSound | None = None
        self._edits: Sequence[Edit] = ()
        self._has_skipped = False
        self.plan = plan
        """The plan for the chosen track; after `begin`, for the actual format of its sound."""
        self._container = self._open()
        for candidate in plan.candidates:
            self._stream = find_stream(self._container, candidate.track, candidate.track_traits)
            if self._stream.codec_context is not None:
                self.plan = candidate
                return
        self.close()
        raise unsupported_codec(plan.track_traits.codec)

    @property
    def source_rate(self) -> int:
        """The sample rate of the track in Hz."""
        return self._sounds[0].sample_rate if self._sounds else self._stream.codec_context.sample_rate

    def begin(self) -> None:
        """Decode the first second."""
        edits = self.plan.track_traits.edits
        first = next((edit.start for edit in edits if edit.start is not None), 0.0)
        self._begun = sound = self._decoded(self._stream, first)
        self.plan = self.plan.with_form(sound.sample_rate, sound.channels)
        scaled = [
            edit if edit.start is None else replace(edit, start=edit.start * sound.scale) for edit in edits
        ]
        # If the first edit starts in a gap, the decoded sound starts later than that.
        media_start = first * sound.scale if self._has_skipped else sound.start
        self._edits = without_delay(scaled, media_start) or (Edit(sound.start, None),)

    def blocks(self) -> Iterator[Samples]:
        """Yield the samples, in blocks of up to some seconds."""
        if not self._sounds:
            self.begin()
        rate, channels = self.plan.encoding.sample_rate, self.plan.encoding.channels
        yield from silence(round(self.plan.leading_silence * rate), channels)
        yield from EditedSound(self._media, self._edits, sample_rate=rate, channels=channels).blocks()

    def lost(self) -> list[tuple[float, float]]:
        """Return what could not be decoded so far: positions in the output of `blocks`, and durations, in seconds."""
        places = sorted(
            {(round(place, 6), seconds) for sound in self._sounds for place, seconds in sound.lost}
        )
        delay = self.plan.leading_silence
        return [(delay + place, seconds) for place, seconds in heard_places(self._edits, places)]

    def packets(self) -> Iterator[tuple[float, bytes]]:
        """Yield the track's packets without decoding them, each with its time in the media (seconds)."""
        seconds, unit = 0.0, float(self._stream.time_base or 0)
        for packet in read_packets(self._container, self._stream, self._video.size):
            seconds = seconds if packet.pts is None else packet.pts * unit
            if packet.size:
                yield seconds, bytes(packet)

    def close(self) -> None:
        """Close everything but the video."""
        self._container.close()

    def _open(self) -> InputContainer:
        ranges = self.plan.track_traits.byte_ranges
        if ranges is not None:
            self._video.expect(ranges)
        return open_container(self._video, self.plan.readable, self.plan.hidden, ranges)

    def _decoded(self, stream: AudioStream, wanted_from: float) -> PlacedSound:
        packets = read_packets(self._container, stream, self._video.size)
        track = self.plan.track_traits
        steady = track.has_steady_clock
        wanted_from = wanted_from if steady else 0.0
        first = next(packets, None)
        self._has_skipped = first is not None and is_skipped(first, wanted_from)
        sound = PlacedSound(
            decode_packets(stream, packets if first is None else chain([first], packets), wanted_from),
            steady=steady,
            padding=track.padding,
        )
        self._sounds.append(sound)
        return sound

    def _media(self, start: float) -> Media:
        """Return the sound from a second of the media on, or from an earlier position."""
        sound, self._begun = self._begun, None
        if sound is None:
            scale = self._sounds[0].scale
            self.close()
            self._container = self._open()
            stream = find_stream(self._container, self.plan.track, self.plan.track_traits)
            sound = self._decoded(stream, start / scale)
        return Media(round(sound.start * self.plan.encoding.sample_rate), self._blocks(sound))

    def _blocks(self, sound: PlacedSound) -> Iterator[Samples]:
        fifo, size = AudioFifo(), _FIRST_BLOCK
        unit = Fraction(1, self.plan.encoding.sample_rate)
        for frame in formed(sound.frames(), self.plan.encoding):
            # No timestamps are needed: gaps have been filled with silence.
            frame.pts, frame.time_base = None, unit
            fifo.write(frame)
            while fifo.samples >= size:
                yield _samples(fifo, size)
                size = min(2 * size, _BLOCK)
        if fifo.samples:
            yield _samples(fifo, fifo.samples)


def _samples(fifo: AudioFifo, count: int) -> Samples:
    frame = cast("AudioFrame", fifo.read(count))
    return cast("Samples", frame.to_ndarray())  # 32-bit floats, as the format `fltp` says.
