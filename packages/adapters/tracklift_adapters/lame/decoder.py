"""Decoding with PyAV: one decoder reads the video where it lies and gives the samples in order.

One decoder and not several, because some don't decode the same from another place on: AAC fills bands with noise whose
state goes on from frame to frame.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from typing import cast

from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from tracklift_adapters.lame.container import open_container
from tracklift_adapters.lame.decoding import decode_packets, is_skipped
from tracklift_adapters.lame.editing import EditedSound, Media, silence
from tracklift_adapters.lame.encoder import Samples
from tracklift_adapters.lame.packets import find_stream, read_packets
from tracklift_adapters.lame.placing import PlacedSound
from tracklift_adapters.lame.resampler import formed
from tracklift_domain.extraction.failures import unsupported_codec
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.timeline import Edit, heard_places, without_delay
from tracklift_domain.media.ports import SeekableReader

_FIRST_BLOCK, _BLOCK = 6 * 1152, 96 * 1152
"""Samples of each channel handed over at once: some seconds, so that threads seldom wait for the interpreter, but less
at the beginning, where encoders wait for them."""


class AudioDecoder:
    """Decodes one audio track of a video as it is played, in the form that the MP3 has.

    Raises:
        ExtractionError: `not_a_video`, `corrupt_media`, `no_audio_track` or `unsupported_codec`.
        NotCoveredError: the sound is of a form that no filter takes.
    """

    def __init__(self, video: SeekableReader, plan: ExtractionPlan) -> None:
        """Open the video, and choose the first of the plan's tracks that has a decoder."""
        self._video = video
        self._sounds: list[PlacedSound] = []
        self._begun: PlacedSound | None = None
        self._edits: Sequence[Edit] = ()
        self._has_skipped = False
        self.plan = plan
        """The plan for the chosen track, and once the decoding has begun for what its sound turned out to be."""
        self._container = open_container(video, plan.readable, plan.hidden)
        for candidate in plan.candidates:
            self._stream = find_stream(self._container, candidate.track, candidate.track_traits)
            if self._stream.codec_context is not None:
                self.plan = candidate
                return
        self.close()
        raise unsupported_codec(plan.track_traits.codec)

    @property
    def source_rate(self) -> int:
        """Hz of the track."""
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
        # What is played first may lie in a gap: the sound that was decoded then begins later than the media.
        media_start = first * sound.scale if self._has_skipped else sound.start
        self._edits = without_delay(scaled, media_start) or (Edit(sound.start, None),)

    def blocks(self) -> Iterator[Samples]:
        """Give the samples, soon some seconds at a time."""
        if not self._sounds:
            self.begin()
        rate, channels = self.plan.encoding.sample_rate, self.plan.encoding.channels
        yield from silence(round(self.plan.leading_silence * rate), channels)
        yield from EditedSound(self._media, self._edits, sample_rate=rate, channels=channels).blocks()

    def lost(self) -> list[tuple[float, float]]:
        """Tell what could not be decoded so far: each a second of what `blocks` gave, and a duration in seconds."""
        places = sorted(
            {(round(place, 6), seconds) for sound in self._sounds for place, seconds in sound.lost}
        )
        delay = self.plan.leading_silence
        return [(delay + place, seconds) for place, seconds in heard_places(self._edits, places)]

    def packets(self) -> Iterator[tuple[float, bytes]]:
        """Give the track's packets as they are, each with the second of the media at which it begins."""
        seconds, unit = 0.0, float(self._stream.time_base or 0)
        for packet in read_packets(self._container, self._stream, self._video.size):
            seconds = seconds if packet.pts is None else packet.pts * unit
            if packet.size:
                yield seconds, bytes(packet)

    def close(self) -> None:
        """Let go of everything but the video."""
        self._container.close()

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
        """Give the sound from a second of the media on, or from a place in front of it."""
        sound, self._begun = self._begun, None
        if sound is None:
            scale = self._sounds[0].scale
            self.close()
            self._container = open_container(self._video, self.plan.readable, self.plan.hidden)
            stream = find_stream(self._container, self.plan.track, self.plan.track_traits)
            sound = self._decoded(stream, start / scale)
        return Media(round(sound.start * self.plan.encoding.sample_rate), self._blocks(sound))

    def _blocks(self, sound: PlacedSound) -> Iterator[Samples]:
        fifo, size = AudioFifo(), _FIRST_BLOCK
        unit = Fraction(1, self.plan.encoding.sample_rate)
        for frame in formed(sound.frames(), self.plan.encoding):
            # Samples follow each other: where the times have a gap, there is silence by now.
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
