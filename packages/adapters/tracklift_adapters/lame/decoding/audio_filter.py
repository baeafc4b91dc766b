"""One of ffmpeg's audio filters, fed frame by frame."""

from collections.abc import Iterator
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

FORMAT = "fltp"
"""ffmpeg's name of 32-bit floating point, planar."""


class AudioFilter:
    """A filter for frames that all have the same format."""

    def __init__(
        self, name: str, arguments: str, *, sample_format: str, layout: str, sample_rate: int
    ) -> None:
        """Create the filter.

        Args:
            name: ffmpeg's name of it.
            arguments: In ffmpeg's notation.
            sample_format: ffmpeg's name of the frames' sample format.
            layout: ffmpeg's name of their channel layout.
            sample_rate: Hz.
        """
        self._graph = Graph()
        source = self._graph.add_abuffer(sample_rate=sample_rate, format=sample_format, layout=layout)
        chosen = self._graph.add(name, arguments)
        source.link_to(chosen)
        chosen.link_to(self._graph.add("abuffersink"))
        self._graph.configure()

    def filtered(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Filter a frame and yield the output that is ready; `None`: the rest."""
        self._graph.push(frame)
        while True:
            try:
                yield cast("AudioFrame", self._graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return
