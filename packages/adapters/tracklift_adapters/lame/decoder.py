"""Decoding with PyAV: one decoder reads the video where it lies and gives the samples in order.

One decoder and not several, because some don't decode the same from another place on: AAC fills bands with noise whose
state goes on from frame to frame.
"""

import logging
import os
from collections.abc import Iterator
from typing import NoReturn, cast

import av
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from tracklift_adapters.lame.audio_filter import FORMAT
from tracklift_adapters.lame.encoder import Samples
from tracklift_adapters.lame.resampler import Resampler, form_of
from tracklift_domain.conversion.errors import ExtractionError, NotCoveredError
from tracklift_domain.conversion.extraction_failures import nothing_decoded, unsupported_codec
from tracklift_domain.conversion.failure import FailureCode
from tracklift_domain.conversion.ports import SeekableReader
from tracklift_domain.conversion.seeking import position_after

_log = logging.getLogger(__name__)

_FIRST_BLOCK, _BLOCK = 6 * 1152, 96 * 1152
"""Samples of each channel handed over at once: some seconds, so that threads seldom wait for the interpreter, but less
at the beginning, where encoders wait for them."""
_READ_AHEAD = 32 * 1024
"""Bytes read at once. More would fetch pictures for nothing, where sound and pictures take turns."""
_NO_PROBING = {"probesize": "32"}
"""libavformat would decode some pictures to learn more of them, for 4 to 13 ms; what is needed of the sound is in the
index or comes with the first frame. 32 is the least that it takes."""
_WORST_SHARE = 2 / 3
"""Of packets that can't be decoded, above which nothing of it is trusted: as ffmpeg judges."""


class AudioDecoder:
    """Decodes one audio track of a video, to floating-point samples of a given rate and number of channels.

    Raises:
        ExtractionError: `not_a_video`, `corrupt_media`, `no_audio_track` or `unsupported_codec`.
        NotCoveredError: the track is not one that is decoded here.
    """

    def __init__(
        self, video: SeekableReader, track: int, *, codec: str, sample_rate: int, channels: int
    ) -> None:
        """Open the video.

        Args:
            video: The MP4.
            track: Which audio track, counted from 0.
            codec: The name of its coding, for messages.
            sample_rate: Hz.
            channels: 1 or 2.
        """
        self._codec = codec
        self._container = _opened(video)
        self._stream = self._chosen(track)
        self._wanted = (FORMAT, "mono" if channels == 1 else "stereo", sample_rate)
        self.skipped = 0
        """Samples of each channel before the beginning that players leave out, as far as packets were given."""

    @property
    def source_rate(self) -> int:
        """Hz of the track."""
        return self._stream.codec_context.sample_rate

    def blocks(self) -> Iterator[Samples]:
        """Give the samples, soon some seconds at a time."""
        fifo, size = AudioFifo(), _FIRST_BLOCK
        for frame in self._wanted_frames():
            frame.pts = None  # Gaps and overlaps that the time stamps tell of are no matter: samples follow each other.
            fifo.write(frame)
            while (block := fifo.read(size)) is not None:
                yield _samples(block)
                size = min(2 * size, _BLOCK)
        rest = fifo.read(0, partial=True)
        if rest is not None:
            yield _samples(rest)

    def packets(self) -> Iterator[tuple[float, bytes]]:
        """Give the track's packets as they are, each with the second at which it begins."""
        seconds = 0.0
        for packet in self._demuxed():
            if packet.pts is not None and packet.time_base is not None:
                seconds = float(packet.pts * packet.time_base)
            if packet.size:
                self.skipped = max(self.skipped, round(-seconds * self.source_rate))
                yield seconds, bytes(packet)

    def close(self) -> None:
        """Let go of everything but the video."""
        self._container.close()

    def _chosen(self, track: int) -> AudioStream:
        if track >= len(self._container.streams.audio):
            raise ExtractionError(
                FailureCode.NO_AUDIO_TRACK, "The video has no such audio track: choose another one."
            )
        chosen = self._container.streams.audio[track]
        for stream in self._container.streams:
            if stream is not chosen:
                stream.discard = Discard.all
        if chosen.codec_context is None:
            raise unsupported_codec(self._codec)
        return chosen

    def _wanted_frames(self) -> Iterator[AudioFrame]:
        resampler: Resampler | None = None
        try:
            for number, frame in enumerate(self._frames()):
                # What the video says of the form is not asked: AAC may turn out to have twice the rate.
                if number == 0 and form_of(frame) != self._wanted:
                    _, layout, sample_rate = self._wanted
                    resampler = Resampler(sample_rate=sample_rate, layout=layout)
                if resampler is not None:
                    yield from resampler.resample(frame)
                elif form_of(frame) == self._wanted:
                    yield frame
                else:
                    raise NotCoveredError("the audio changes its form on the way")
            if resampler is not None:
                yield from resampler.resample(None)
        except (ValueError, av.error.FFmpegError) as error:
            # Damaged videos name forms of sound that no filter takes.
            raise NotCoveredError(f"the audio can't be brought into another form: {error}") from error

    def _frames(self) -> Iterator[AudioFrame]:
        packets = damaged = 0
        for packet in self._demuxed():
            packets += 1
            try:
                frames = self._stream.decode(packet)
            except av.error.FFmpegError as error:
                damaged += 1
                _log.debug("packet %d: %s", packets, error)
                continue
            yield from frames
        if damaged:
            _log.warning("%d of %d packets could not be decoded.", damaged, packets)
        if damaged > packets * _WORST_SHARE:
            raise nothing_decoded()

    def _demuxed(self) -> "Iterator[Packet[AudioStream]]":
        """Give the track's packets up to the end, or to where the file is damaged; the last one is empty."""
        demuxed = self._container.demux(self._stream)
        while True:
            try:
                packet = next(demuxed, None)
            except av.error.FFmpegError as error:
                _log.warning("The video can't be read further: %s", error)
                return
            if packet is None:
                return
            yield packet


class _Source:
    """The video as PyAV reads it."""

    def __init__(self, video: SeekableReader) -> None:
        self._size = video.size
        self._video = video
        self.read = video.read
        self.tell = video.tell

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move as `io.IOBase.seek` does, but answer a negative position as libavformat expects it."""
        try:
            position = position_after(offset, whence, position=self.tell(), size=self._size)
        except ValueError:
            return -1
        return self._video.seek(position)


def _opened(video: SeekableReader) -> InputContainer:
    video.seek(0)
    try:
        return av.open(
            _Source(video),
            "r",
            format="mov",
            buffer_size=_READ_AHEAD,
            options=_NO_PROBING,
            io_open=_refuse,
            metadata_errors="replace",
        )
    except (MemoryError, av.error.FFmpegError) as error:
        raise nothing_decoded() from error


def _refuse(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    # A video may name other files for its data; nothing but the video itself is ever read.
    raise PermissionError(f"a video asks for {url}")


def _samples(frame: AudioFrame) -> Samples:
    return cast("Samples", frame.to_ndarray())  # 32-bit floats, as the format `fltp` says.
