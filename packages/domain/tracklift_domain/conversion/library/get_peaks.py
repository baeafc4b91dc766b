"""Gives the peaks of an MP3, from which a waveform is drawn."""

from tracklift_domain.conversion.errors import PeaksNotFoundError
from tracklift_domain.conversion.optimistic_update import get_owned
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller


class GetPeaks:
    """Gives the peaks of a conversion's MP3 to its owner."""

    def __init__(self, *, conversions: ConversionRepository) -> None:
        self._conversions = conversions

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> bytes:
        """Give the peaks, in the form of `PeakMeter`: at least one.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            AudioNotReadyError: it has no MP3 yet, or never will.
            AudioExpiredError: its MP3 has expired and was deleted.
            PeaksNotFoundError: the MP3 has none: it is older than this release, or a copy of the video's own
            MP3 track.
        """
        audio = (await get_owned(self._conversions, caller, conversion_id)).require_audio()
        if not audio.peaks:
            raise PeaksNotFoundError(conversion_id)
        return audio.peaks
