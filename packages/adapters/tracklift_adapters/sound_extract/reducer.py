"""Reduces videos to their sound."""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator
from typing import BinaryIO, cast

from typing_extensions import override

from tracklift_client.sound_extract.errors import NoExtractError
from tracklift_client.sound_extract.extract import plan_extract
from tracklift_client.sound_extract.extract_plan import Copied, ExtractPlan
from tracklift_domain.extraction.errors import NotReducibleError
from tracklift_domain.extraction.ports import VideoReducer
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.ports import SeekableReader

_BROKEN = (ArithmeticError, LookupError, MemoryError, TypeError, ValueError, struct.error)
_log = logging.getLogger(__name__)
_PIECE = 1024**2
"""Bytes given at a time."""
_GAP = 64 * 1024
"""Bytes between two ranges that are fetched along: less than it costs to ask twice."""


class SoundExtractReducer(VideoReducer):
    """Makes the sound extract that a client would have sent, from the same code, so that it has the same bytes.

    The index is read in a thread, within the limits of the extract's plan.
    """

    @override
    async def reduce(self, video: SeekableReader) -> AsyncIterator[bytes]:
        # It has what is read of a file: `read` and `seek`.
        file = cast("BinaryIO", video)
        try:
            plan = await asyncio.to_thread(plan_extract, file)
        except NoExtractError as error:
            raise NotReducibleError(str(error)) from error
        except _BROKEN as error:
            # A mistake in the planner. Raised as it is, it would bring the request back for ever.
            _log.exception("An index can't be read.")
            raise NotReducibleError("its index can't be read") from error
        video.expect(_copied(plan))
        for offset in range(0, plan.size, _PIECE):
            yield await asyncio.to_thread(plan.read, file, offset, _PIECE)


def _copied(plan: ExtractPlan) -> ByteRanges:
    ranges = sorted(
        (part.offset, part.offset + part.length) for part in plan.parts() if isinstance(part, Copied)
    )
    united: list[tuple[int, int]] = []
    for start, end in ranges:
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return ByteRanges.joined(united, gap=_GAP)
