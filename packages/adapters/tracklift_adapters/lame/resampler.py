"""Bringing decoded audio into the form that is encoded: floating point, the wanted rate, one channel or two."""

from collections.abc import Iterator
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.filter import Graph

FORMAT = "fltp"
"""ffmpeg's name of 32-bit floating point, each channel by itself."""


class Resampler:
    """ffmpeg's filter `aresample`, for frames that are all of one form.

    Channels are mixed with the matrix that keeps the sum of all of them below full scale, as ffmpeg does where it mixes
    integers: with the larger one that it takes for floating point, loud surround sound would be clipped.
    """

    def __init__(self, *, sample_rate: int, layout: str) -> None:
        """Give frames of `sample_rate` Hz and ffmpeg's channel `layout`."""
        self._arguments = f"out_sample_rate={sample_rate}:out_chlayout={layout}:out_sample_fmt={FORMAT}"
        self._graph: Graph | None = None
        self._form: tuple[str, str, int] | None = None

    def resample(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Give what is finished with a frame, or with `None` what is left.

        Raises:
            ValueError: the frame has another form than those before.
        """
        if frame is not None and self._graph is None:
            self._form = form_of(frame)
            self._graph = self._opened(frame)
        if self._graph is None:
            return
        if frame is not None and form_of(frame) != self._form:
            raise ValueError(f"from {self._form} to {form_of(frame)}")
        self._graph.push(frame)
        while True:
            try:
                yield cast("AudioFrame", self._graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return

    def _opened(self, frame: AudioFrame) -> Graph:
        graph = Graph()
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name
        )
        resampler = graph.add("aresample", f"{self._arguments}:rematrix_maxval=1.0")
        source.link_to(resampler)
        resampler.link_to(graph.add("abuffersink"))
        graph.configure()
        return graph


def form_of(audio: AudioFrame | AudioCodecContext) -> tuple[str, str, int]:
    """Give the names of sample format and channel layout, and the sample rate in Hz.

    A decoder that has decoded nothing yet may not know the format, and then the name is empty.
    """
    return getattr(audio.format, "name", ""), audio.layout.name, audio.sample_rate
