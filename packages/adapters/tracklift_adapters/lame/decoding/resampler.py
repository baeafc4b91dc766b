"""Converting decoded audio to the format that is encoded: floating point, the target rate, one channel or two."""

from collections.abc import Iterable, Iterator

import av
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.decoding.audio_filter import FORMAT, AudioFilter
from tracklift_domain.extraction.encoding import Encoding
from tracklift_domain.extraction.errors import NotCoveredError

Form = tuple[str, str, int]
"""Names of sample format and channel layout, and the sample rate in Hz."""
_MONO, _STEREO = "mono", "stereo"


def form_of(frame: AudioFrame) -> Form:
    """Return the format of a frame."""
    return frame.format.name, frame.layout.name, frame.sample_rate


def formed(frames: Iterable[AudioFrame], encoding: Encoding) -> Iterator[AudioFrame]:
    """Convert frames, whose formats may differ, to the format of an encoding.

    Raises:
        NotCoveredError: no filter accepts a format.
    """
    wanted = FORMAT, _MONO if encoding.channels == 1 else _STEREO, encoding.sample_rate
    form: Form = wanted
    resampler: Resampler | None = None
    try:
        for frame in frames:
            if form_of(frame) != form:
                if resampler is not None:
                    yield from resampler.finish()
                form = form_of(frame)
                resampler = None if form == wanted else Resampler(form, wanted)
            if resampler is None:
                yield frame
            else:
                yield from resampler.resample(frame)
        if resampler is not None:
            yield from resampler.finish()
    except (ValueError, av.error.FFmpegError) as error:
        # Damaged videos may declare formats that no filter accepts.
        raise NotCoveredError(f"the audio can't be converted to another format: {error}") from error


class Resampler:
    """ffmpeg's filter `aresample`, from one format to another.

    Channels are mixed with the matrix that keeps their sum below full scale, which is ffmpeg's default for integers:
    with its default for floating point, loud surround sound would clip. A single channel is copied to both channels of
    stereo with the same level.
    """

    def __init__(self, form: Form, wanted: Form) -> None:
        sample_format, layout, rate = form
        wanted_format, wanted_layout, wanted_rate = wanted
        arguments = (
            f"out_sample_rate={wanted_rate}:out_chlayout={wanted_layout}:out_sample_fmt={wanted_format}"
            ":rematrix_maxval=1.0"
        )
        if (layout, wanted_layout) == (_MONO, _STEREO):
            arguments += f":rematrix_volume={2**0.5}"
        self._filter = AudioFilter(
            "aresample", arguments, sample_format=sample_format, layout=layout, sample_rate=rate
        )

    def resample(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Convert a frame and yield the output that is ready."""
        return self._filter.filtered(frame)

    def finish(self) -> Iterator[AudioFrame]:
        """Yield the rest."""
        return self._filter.filtered(None)
