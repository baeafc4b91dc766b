"""Bringing decoded audio into the form that is encoded: floating point, the wanted rate, one channel or two."""

from collections.abc import Iterable, Iterator

import av
from av.audio.frame import AudioFrame

from tracklift_adapters.lame.audio_filter import FORMAT, AudioFilter
from tracklift_domain.extraction.encoding import Encoding
from tracklift_domain.extraction.errors import NotCoveredError

Form = tuple[str, str, int]
"""Names of sample format and channel layout, and the sample rate in Hz."""
_MONO, _STEREO = "mono", "stereo"


def form_of(frame: AudioFrame) -> Form:
    """Give the form of a frame."""
    return frame.format.name, frame.layout.name, frame.sample_rate


def formed(frames: Iterable[AudioFrame], encoding: Encoding) -> Iterator[AudioFrame]:
    """Bring frames, of which some may have another form than others, into that of an encoding.

    Raises:
        NotCoveredError: they have one that no filter takes.
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
        # Damaged videos name forms of sound that no filter takes.
        raise NotCoveredError(f"the audio can't be brought into another form: {error}") from error


class Resampler:
    """ffmpeg's filter `aresample`, from one form to another.

    Channels are mixed with the matrix that keeps the sum of all of them below full scale, as ffmpeg does where it mixes
    integers: with the larger one that it takes for floating point, loud surround sound would be clipped. One channel
    that becomes two is in both what it was.
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
        """Give what is finished with a frame."""
        return self._filter.filtered(frame)

    def finish(self) -> Iterator[AudioFrame]:
        """Give what is left."""
        return self._filter.filtered(None)
