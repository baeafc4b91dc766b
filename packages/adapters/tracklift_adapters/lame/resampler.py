"""Bringing decoded audio into the form that is encoded: floating point, the wanted rate, one channel or two."""

from collections.abc import Iterator

from av.audio.frame import AudioFrame

from tracklift_adapters.lame.audio_filter import FORMAT, AudioFilter


class Resampler:
    """ffmpeg's filter `aresample`, for frames that are all of one form.

    Channels are mixed with the matrix that keeps the sum of all of them below full scale, as ffmpeg does where it mixes
    integers: with the larger one that it takes for floating point, loud surround sound would be clipped.
    """

    def __init__(self, *, sample_rate: int, layout: str) -> None:
        """Give frames of `sample_rate` Hz and ffmpeg's channel `layout`."""
        form = f"out_sample_rate={sample_rate}:out_chlayout={layout}:out_sample_fmt={FORMAT}"
        self._arguments = f"{form}:rematrix_maxval=1.0"
        self._filter: AudioFilter | None = None
        self._form: tuple[str, str, int] | None = None

    def resample(self, frame: AudioFrame | None) -> Iterator[AudioFrame]:
        """Give what is finished with a frame, or with `None` what is left.

        Raises:
            ValueError: the frame has another form than those before.
        """
        if frame is not None and self._filter is None:
            sample_format, layout, rate = self._form = form_of(frame)
            self._filter = AudioFilter(
                "aresample", self._arguments, sample_format=sample_format, layout=layout, sample_rate=rate
            )
        if frame is not None and form_of(frame) != self._form:
            raise ValueError(f"from {self._form} to {form_of(frame)}")
        if self._filter is not None:
            yield from self._filter.filtered(frame)


def form_of(frame: AudioFrame) -> tuple[str, str, int]:
    """Give the names of sample format and channel layout, and the sample rate in Hz."""
    return frame.format.name, frame.layout.name, frame.sample_rate
