"""One LAME encoder."""

import ctypes
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from tracklift_adapters.lame.encoding.library import lame

Samples = npt.NDArray[np.float32]
"""One row for each channel, full scale ±1."""

_FULL_SCALE = 32768.0
"""LAME's full scale is that of 16-bit samples."""
_JOINT_STEREO, _MONO = 1, 3
_CONSTANT, _VARIABLE = 0, 4
"""Modes of the bit rate: vbr_off and vbr_mtrh, which is LAME's default for a variable one."""
EFFORT = 3
"""LAME's default, which ffmpeg uses, too: from 0 (slowest) to 9."""
DEFAULT_QUALITY = 4
"""LAME's default for a variable bit rate. Its tag contains that even if the bit rate is constant."""
_MAX_FLUSH = 7200
"""Bytes: the buffer for the end that lame.h requires."""


class LameError(Exception):
    """LAME has rejected a call, which no input should cause."""


class LameEncoder:
    """Encodes samples to layer III frames, without tag and Info frame. To be used by one thread at a time.

    The output is deterministic: it depends on the settings and the samples only.
    """

    def __init__(
        self,
        *,
        sample_rate: int,
        channels: int,
        bitrate: int | None,
        quality: int | None = None,
        gain: float = 1.0,
    ) -> None:
        """Create the encoder.

        Args:
            sample_rate: Hz, of input and output.
            channels: 1 or 2.
            bitrate: kbit/s, constant. `None`: variable.
            quality: LAME's scale for a variable bit rate, from 0 (best) to 9.
            gain: A factor for the samples.

        Raises:
            LameError: LAME does not support these settings.
            MissingLameError: LAME is not installed.
        """
        self._lame = lame()
        self._handle: int | None = self._lame.lame_init()
        if not self._handle:
            raise LameError("lame_init failed")
        self._channels = channels
        scale = _FULL_SCALE * gain
        # LAME can apply the factor at no cost, but then chooses quite wrong variable bit rates (3.100 and 4.0).
        self._factor = np.float32(scale) if bitrate is None else None
        self._output = (ctypes.c_ubyte * _MAX_FLUSH)()
        settings = {
            "num_channels": channels,
            "in_samplerate": sample_rate,
            "out_samplerate": sample_rate,
            "mode": _MONO if channels == 1 else _JOINT_STEREO,
            "quality": EFFORT,
            "VBR": _VARIABLE if bitrate is None else _CONSTANT,
            "bWriteVbrTag": 0,
            "write_id3tag_automatic": 0,
        }
        for name, value in settings.items():
            getattr(self._lame, f"lame_set_{name}")(self._handle, value)
        if bitrate is None:
            self._lame.lame_set_VBR_quality(self._handle, DEFAULT_QUALITY if quality is None else quality)
        else:
            self._lame.lame_set_brate(self._handle, bitrate)
            self._lame.lame_set_scale(self._handle, scale)
        if self._lame.lame_init_params(self._handle) < 0:
            self.close()
            raise LameError(
                f"LAME supports no MP3 of {sample_rate} Hz, {channels} channels, {bitrate} kbit/s"
            )

    @property
    def delay(self) -> int:
        """How many samples of silence the encoder adds before the first one."""
        return int(self._lame.lame_get_encoder_delay(self._handle))

    @property
    def lowpass(self) -> int:
        """Cut-off frequency of the lowpass in Hz; 0 if there is none."""
        return int(self._lame.lame_get_lowpassfreq(self._handle))

    def encode(self, samples: Samples) -> bytes:
        """Encode samples and return the output that is ready.

        Raises:
            LameError: it failed.
        """
        channels, count = samples.shape
        if channels != self._channels:
            raise ValueError(f"{channels} channels instead of {self._channels}")
        scaled = samples if self._factor is None else np.multiply(samples, self._factor)
        if scaled.dtype != np.float32 or scaled.strides[1] != scaled.itemsize:
            scaled = np.ascontiguousarray(scaled, dtype=np.float32)
        # lame.h: 1.25 times the samples plus 7200 bytes are always enough.
        self._make_room(count + count // 4 + _MAX_FLUSH)
        first = scaled.ctypes.data
        last = first + (channels - 1) * scaled.strides[0]
        written = self._lame.lame_encode_buffer_float(
            self._handle, first, last, count, self._output, len(self._output)
        )
        return self._taken(written)

    def flush(self) -> bytes:
        """Return the last frames, padded with silence.

        Raises:
            LameError: it failed.
        """
        return self._taken(self._lame.lame_encode_flush(self._handle, self._output, len(self._output)))

    def close(self) -> None:
        """Free the encoder's memory. Closing it again is not an error."""
        if self._handle:
            self._lame.lame_close(self._handle)
            self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _make_room(self, size: int) -> None:
        if len(self._output) < size:
            self._output = (ctypes.c_ubyte * size)()

    def _taken(self, written: int) -> bytes:
        if written < 0:
            raise LameError(f"LAME failed with status {written}")
        return ctypes.string_at(self._output, written)
