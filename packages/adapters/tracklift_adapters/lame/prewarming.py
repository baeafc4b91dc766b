"""A small conversion that brings the libraries into the state that they are in while they work."""

import io
from contextlib import closing
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from tracklift_adapters.lame.decoding.decoder import AudioDecoder
from tracklift_adapters.lame.encoding.encoder import LameEncoder
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.mp3_copy import copy_mp3
from tracklift_adapters.lame.mp3.stuffing import without_stuffing
from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits
from tracklift_domain.media.file_reader import FileReader

_CODEC = "aac"
_RATE, _CHANNELS, _BITRATE = 44100, 2, 192
_MAX_DURATION = 60.0
"""Seconds: more than the noise lasts."""
_FRAME, _FRAMES = 1024, 8
"""Samples per channel in a frame of AAC (ISO/IEC 14496-3), and as many frames as LAME needs to output some of MP3."""


def convert_noise() -> FrameWriter:
    """Convert 0.2 seconds of noise to MP3, in memory and in this thread.

    Raises:
        MissingLameError: LAME is not installed.
        av.error.FFmpegError: FFmpeg's libraries lack a codec.
    """
    content = _noise()
    video = FileReader(io.BytesIO(content), len(content))
    track = AudioTrack(codec=_CODEC, sample_rate=_RATE, channels=_CHANNELS, duration=None)
    plan = plan_extraction(VideoTraits(audio_tracks=(track,)), AudioOptions(), longest=_MAX_DURATION)
    decoder = AudioDecoder(video, plan)
    with closing(decoder), LameEncoder(sample_rate=_RATE, channels=_CHANNELS, bitrate=_BITRATE) as encoder:
        frames = [encoder.encode(block) for block in decoder.blocks()]
        return copy_mp3(without_stuffing([*frames, encoder.flush()]), io.BytesIO())


def _noise() -> bytes:
    """Make an MP4 that has only audio."""
    file = io.BytesIO()
    # The sines of the squares are noise-like, so codecs use all of their tools.
    samples = np.sin(np.arange(_CHANNELS * _FRAMES * _FRAME, dtype=np.float32) ** 2) / 4
    with av.open(file, "w", format="mp4") as container:
        stream = cast("AudioStream", container.add_stream(_CODEC, rate=_RATE, layout="stereo"))
        for number, part in enumerate(samples.reshape(_FRAMES, _CHANNELS, _FRAME)):
            frame = AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = _RATE, number * _FRAME
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
